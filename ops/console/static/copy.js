// "Copy as command": what the page does, as a person would type it.
let timer;

export function copies() {
  document.addEventListener("click", async ({ target }) => {
    const button = target.closest("button.copy");
    if (!button) return;
    try {
      const command = button.dataset.command ?? (await asked(button));
      await navigator.clipboard.writeText(command);
      toast("copied", command);
    } catch (error) {
      toast("not copied", error.message);
    }
  });
}

async function asked(button) {
  const values = new FormData(button.form ?? undefined);
  const query = new URLSearchParams([...values].filter(([, value]) => typeof value === "string"));
  for (const path of JSON.parse(button.form?.dataset.paths ?? "[]")) query.append("path", path);
  const answer = await fetch(`${button.dataset.commandFrom}?${query}`);
  const text = await answer.text();
  if (!answer.ok) throw new Error(text);
  return text;
}

export function toast(what, text) {
  const place = document.getElementById("toast");
  const code = document.createElement("code");
  code.textContent = text;
  // A modal dialog hides all that is not in it from view and from screen readers.
  (document.querySelector("dialog[open]") ?? document.body).append(place);
  place.replaceChildren(what ? `${what} ` : "", code);
  place.classList.add("shown");
  clearTimeout(timer);
  timer = setTimeout(() => place.classList.remove("shown"), 4000);
}
