// The rows of images: each change replaces one row, or adds it in its place; nothing else of the page is touched.
const MAX_ROWS = 1000;
const SPOKEN_EVERY_MS = 3000;

const MAX_PREVIEWS = 100;

const spoken = new Map();
const previews = new Map();
let speaking;

// Put rows into a list; `settle` is called with each before it is there, `place` puts it where it belongs.
export function apply(list, html, { settle = () => {}, place, keep = true } = {}) {
  const template = document.createElement("template");
  template.innerHTML = html;
  for (const row of [...template.content.children]) {
    const before = document.getElementById(row.id);
    settle(row);
    if (before) replace(before, row);
    else if (!place) insert(list, row);
    if (place && !(before && keep)) place(list, row);
    report(before, row);
    preview(row);
  }
  while (list.children.length > MAX_ROWS) oldest(list).remove();
}

// Whatever has no picture shows the tile beneath.
export function pictures(list) {
  document.addEventListener("error", ({ target }) => target.closest?.(".thumb") && target.remove(), true);
  for (const picture of list.querySelectorAll(".thumb img")) {
    if (picture.complete && !picture.naturalWidth) picture.remove(); // it failed before this was listening
  }
}

// What was uploaded here is seen at once, from the file itself, until there is a picture of the pipeline's.
export function expect(imageId, file) {
  if (previews.size >= MAX_PREVIEWS || !file.type.startsWith("image/")) return;
  previews.set(`i-${imageId}`, URL.createObjectURL(file));
  const row = document.getElementById(`i-${imageId}`);
  if (row) preview(row);
}

function preview(row) {
  const url = previews.get(row.id);
  if (!url) return;
  const place = row.querySelector(".thumb");
  if (row.dataset.kind !== "pending") {
    previews.delete(row.id);
    URL.revokeObjectURL(url);
  } else if (!place.firstElementChild) {
    const picture = document.createElement("img");
    Object.assign(picture, { src: url, alt: "", width: 30, height: 30, decoding: "async" });
    place.append(picture);
  }
}

function replace(before, row) {
  // A picture that is there already is not fetched again.
  const [had, has] = [before.querySelector(".thumb img"), row.querySelector(".thumb img")];
  if (had && has && had.getAttribute("src") === has.getAttribute("src")) has.replaceWith(had);
  else if (had && !has && row.dataset.kind === "pending") row.querySelector(".thumb").append(had);
  const states = new Map([...before.querySelectorAll("[data-milestone]")].map((each) => [each.dataset.milestone, each.dataset.state]));
  for (const milestone of row.querySelectorAll("[data-milestone]")) {
    if (milestone.dataset.state !== states.get(milestone.dataset.milestone)) milestone.classList.add("lit");
  }
  const focused = before.contains(document.activeElement) ? document.activeElement : null;
  before.replaceWith(row);
  const same = [".copy", ".pick input"].find((each) => focused?.matches(each)) ?? ".open";
  if (focused) row.querySelector(same).focus();
}

function insert(list, row) {
  let next = list.firstElementChild;
  while (next && next.dataset.at > row.dataset.at) next = next.nextElementSibling;
  list.insertBefore(row, next);
}

function oldest(list) {
  return [...list.children].reduce((one, other) => (other.dataset.at < one.dataset.at ? other : one));
}

// What came to its end is said now and then, and not row by row.
function report(before, row) {
  const { kind } = row.dataset;
  if (kind === "pending" || before?.dataset.kind === kind) return;
  spoken.set(kind, (spoken.get(kind) ?? 0) + 1);
  speaking ??= setTimeout(() => {
    const words = [...spoken].map(([name, count]) => `${count} ${name}`).join(", ");
    document.getElementById("spoken").textContent = words;
    spoken.clear();
    speaking = undefined;
  }, SPOKEN_EVERY_MS);
}
