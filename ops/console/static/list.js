// The list of images: filtered, sorted and selected, while its rows change.
import { address, onAddress, read } from "./address.js";
import { apply, pictures } from "./rows.js";
import { selection } from "./select.js";
import { sorting } from "./sort.js";

const MANY = 50;

export function rows(streams) {
  const list = document.getElementById("rows");
  const filter = document.getElementById("filter");
  const toolbar = document.getElementById("images-form");
  let wanted = read();

  const sort = sorting(document.getElementById("images-list"), "sort", "-at");
  const chosen = selection(list.closest("table"), toolbar, (ids, shown) => {
    const failing = shown.filter((row) => ids.has(row.dataset.id) && row.dataset.kind === "failed").length;
    const count = shown.length.toLocaleString("en");
    toolbar.querySelector(".chosen").textContent = ids.size ? `${ids.size.toLocaleString("en")} of ${count} selected` : `${count} images`;
    const replay = toolbar.querySelector("[name=do]");
    replay.textContent = failing ? `Replay ${failing.toLocaleString("en")} failed` : "Replay failed";
    replay.disabled = failing === 0;
    toolbar.querySelector(".remove").disabled = ids.size === 0;
    document.getElementById("unmatched").hidden = shown.length > 0 || list.children.length === 0;
  });

  streams.addEventListener("rows", ({ data }) => {
    // A page that is opened before anything was read gets a thousand rows at once: they are sorted once.
    const many = data.split("<tr").length > MANY;
    const place = many ? (body, row) => body.append(row) : sort.insert;
    apply(list, data, { settle: (row) => match(row, wanted), place, keep: many || sort.isFirst() });
    if (many) sort.apply();
    chosen.update();
  });
  filter.addEventListener("input", ({ target }) => {
    if (target.name === "kind") address({ kind: target.value === "all" ? "" : target.value });
    else address({ text: target.value.trim() }, true);
    narrow();
  });
  document.addEventListener("click", ({ target }) => {
    const button = target.closest("button.batch");
    if (button) address({ batch: button.getAttribute("aria-pressed") === "true" ? "" : button.dataset.batch });
    if (target.id === "clear") address({ kind: "", text: "", batch: "" });
    if (button || target.id === "clear") narrow();
  });
  new MutationObserver(pressed).observe(document.getElementById("batches"), { childList: true });
  // What is selected is replayed with the page's form, and copied with it.
  toolbar.addEventListener("formdata", ({ formData }) => chosen.ids().forEach((id) => formData.append("image", id)));

  function narrow() {
    const { kind, text, batch } = read();
    wanted = { kind, text: text.toLowerCase(), batch };
    const radio = filter.querySelector(`[name=kind][value="${CSS.escape(kind || "all")}"]`);
    if (radio) radio.checked = true;
    if (filter.elements.text.value.trim() !== text) filter.elements.text.value = text;
    for (const row of list.children) match(row, wanted);
    pressed();
    chosen.update();
  }
  onAddress(narrow);
  pictures(list);
}

function match(row, { kind, text, batch }) {
  const named = text === "" || row.querySelector(".open").textContent.toLowerCase().includes(text);
  row.hidden = !named || (batch !== "" && row.dataset.batch !== batch) || (kind !== "" && row.dataset.kind !== kind);
}

// The batches are written again with each change: which one is chosen is in the address.
function pressed() {
  const { batch } = read();
  for (const each of document.querySelectorAll("button.batch")) each.setAttribute("aria-pressed", String(each.dataset.batch === batch));
}
