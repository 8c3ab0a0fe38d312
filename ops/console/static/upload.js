// Drag and drop, and the file dialog: each file is a request of its own, a few at a time; several are an upload batch.
import { expect } from "./rows.js";

const AT_ONCE = 4;
const MAX_NOTIFIED = 20;

export function uploads() {
  const form = document.getElementById("upload");
  const zone = document.getElementById("zone");
  const files = document.getElementById("files");
  let depth = 0;

  form.addEventListener("submit", (event) => event.preventDefault());
  files.addEventListener("change", () => {
    const chosen = [...files.files].map((file) => ({ file, path: file.name }));
    files.value = "";
    send(form, chosen);
  });
  // Anywhere on the page: a file that misses the zone would be opened in its place.
  for (const name of ["dragenter", "dragover", "dragleave", "drop"]) {
    document.addEventListener(name, (event) => {
      if (![...(event.dataTransfer?.types ?? [])].includes("Files")) return;
      event.preventDefault();
      depth = { dragenter: depth + 1, dragleave: depth - 1, dragover: depth, drop: 0 }[name];
      zone.classList.toggle("over", depth > 0);
    });
  }
  document.addEventListener("drop", async ({ dataTransfer }) => {
    if (dataTransfer?.types.includes("Files")) send(form, ...(await within(dataTransfer)));
  });
}

// Folders with all that is in them, as `pipeline upload` takes them: keyed relative to the folder, hidden files left out.
// What is found, and what of it cannot be read: the others are uploaded.
async function within(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) return [[...transfer.files].map((file) => ({ file, path: file.name })), []];
  const [found, unreadable] = [[], []];
  for (const entry of entries) {
    if (entry.isFile) await walk(entry, entry.name, found, unreadable);
    else await inside(entry, "", found, unreadable);
  }
  return [found, unreadable];
}

async function walk(entry, path, found, unreadable) {
  if (entry.name.startsWith(".")) return;
  if (!entry.isFile) {
    await inside(entry, `${path}/`, found, unreadable);
    return;
  }
  try {
    const file = await new Promise((done, failed) => entry.file(done, failed));
    found.push({ file, path });
  } catch (error) {
    unreadable.push({ path, why: error.message });
  }
}

async function inside(folder, path, found, unreadable) {
  try {
    for (const inner of await listed(folder)) await walk(inner, path + inner.name, found, unreadable);
  } catch (error) {
    unreadable.push({ path: path || folder.name, why: error.message });
  }
}

async function listed(folder) {
  const reader = folder.createReader();
  const all = [];
  for (;;) {
    const some = await new Promise((done, failed) => reader.readEntries(done, failed));
    if (!some.length) return all;
    all.push(...some);
  }
}

async function send(form, chosen, unreadable = []) {
  const progress = document.getElementById("progress");
  const refused = document.getElementById("refused");
  const values = [...new FormData(form)].filter(([, value]) => typeof value === "string" && value.trim());
  const most = Number(form.dataset.mostBytes);
  const waiting = chosen.map(({ file, path }) => ({ file, path, place: [] }));
  const batches = [];
  let [done, wrong] = [0, 0];
  form.dataset.paths = JSON.stringify(chosen.slice(0, MAX_NOTIFIED).map(({ path }) => path));
  refused.replaceChildren();

  function say() {
    progress.textContent = `uploaded ${done} of ${chosen.length + unreadable.length}${wrong ? `, ${wrong} refused` : ""}`;
  }
  function refuse(path, why) {
    wrong += 1;
    if (wrong > MAX_NOTIFIED) return;
    const line = document.createElement("li");
    const name = document.createElement("bdi");
    name.textContent = path;
    line.append(name, `: ${why}`);
    refused.append(line);
  }
  // People are notified once of what is uploaded together. A file that is too large is not uploaded at all.
  async function together(limit) {
    const small = waiting.filter(({ file }) => file.size <= most);
    for (let start = 0; start < small.length && small.length > 1; start += limit) {
      const some = small.slice(start, start + limit);
      if (some.length < 2) return;
      const [, prefix] = values.find(([name]) => name === "prefix") ?? ["", ""];
      const body = JSON.stringify({ prefix, paths: some.map(({ path }) => path) });
      const answer = await fetch("/batches", { method: "POST", body });
      if (!answer.ok) throw new Error(await answer.text());
      const { batch } = await answer.json();
      batches.push(batch);
      some.forEach((each, number) => (each.place = [["batch", batch], ["number", number]]));
    }
  }
  // Also where the page is left before all is uploaded: what did not come is missing then.
  function end() {
    for (const batch of batches.splice(0)) {
      fetch(`/batches/${encodeURIComponent(batch)}/end`, { method: "POST", keepalive: true }).catch(() => {});
    }
  }
  async function work() {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const { file, path, place } = next;
      if (file.size > most) {
        refuse(path, `${file.size.toLocaleString()} bytes; the limit is ${most.toLocaleString()} (limits.bytes)`);
      } else {
        try {
          const answer = await fetch(`/upload?${new URLSearchParams([...values, ["path", path], ...place])}`, { method: "POST", body: file });
          if (answer.ok) {
            done += 1;
            expect((await answer.json()).image_id, file);
          } else refuse(path, await answer.text());
        } catch (error) {
          refuse(path, error.message);
        }
      }
      say();
    }
  }
  unreadable.forEach(({ path, why }) => refuse(path, why));
  say();
  try {
    await together(Number(form.dataset.mostTogether));
  } catch (error) {
    waiting.splice(0).forEach(({ path }) => refuse(path, error.message));
    say();
  }
  addEventListener("pagehide", end);
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  removeEventListener("pagehide", end);
  end();
}
