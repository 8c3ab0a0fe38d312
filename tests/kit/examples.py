"""The examples of the Terraform module, applied to a local AWS and destroyed."""

import os
import shutil

from kit.terraform import copied, mirror, terraform

from ops.settings import ROOT


def examples(folder):
    """A copy of terraform/ and of the module's examples, in an empty folder."""
    copied(folder)
    ignored = shutil.ignore_patterns(".terraform*", "*.tfstate*")
    shutil.copytree(ROOT / "examples" / "terraform", folder / "examples" / "terraform", ignore=ignored)
    return folder


def ran(done):
    """What Terraform printed.

    Raises:
        AssertionError: it failed.
    """
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr
    return done.stdout


class Examples:
    """Runs Terraform in examples.

    Args:
        tree: the copy of `examples`.
        process: the local AWS.
    """

    def __init__(self, tree, process):
        self.tree = tree
        self.environment = process.environment() | {"TF_CLI_CONFIG_FILE": os.devnull}
        self.applied = []

    def apply(self, name, *variables):
        """Apply an example; what runs a command of Terraform in it."""
        folder = self.tree / "examples" / "terraform" / name

        def run(*words):
            taken = variables if words[0] in {"apply", "plan", "destroy"} else ()
            said = ran(terraform(*words, *taken, folder=folder, **self.environment))
            if words[0] == "destroy":
                self.applied.remove(run)
            return said

        run.folder = folder
        run("init", "-no-color", f"-plugin-dir={mirror()}")
        self.applied.append(run)
        run("apply", "-auto-approve", "-no-color")
        return run

    def destroy(self):
        """Destroy all that is applied still."""
        while self.applied:
            self.applied[-1]("destroy", "-auto-approve", "-no-color")
