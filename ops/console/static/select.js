// Rows that are selected: one by one, from one to another with Shift, or all that are shown. Arrows move between boxes.
export function selection(place, toolbar, changed) {
  const chosen = new Set();
  const all = toolbar.querySelector(".select-all");
  let anchor;

  const shown = () => [...place.querySelectorAll("tbody > .row")].filter((row) => !row.hidden);
  const box = (row) => row.querySelector(".pick input");

  function set(row, on) {
    box(row).checked = on;
    if (on) chosen.add(row.dataset.id);
    else chosen.delete(row.dataset.id);
  }

  // What is no longer shown is not selected: nothing happens to what nobody sees.
  function update() {
    const rows = shown();
    const there = new Set(rows.map((row) => row.dataset.id));
    for (const id of chosen) if (!there.has(id)) chosen.delete(id);
    for (const row of place.querySelectorAll("tbody > .row")) box(row).checked = chosen.has(row.dataset.id);
    all.disabled = rows.length === 0;
    all.checked = chosen.size > 0 && chosen.size === rows.length;
    all.indeterminate = chosen.size > 0 && chosen.size < rows.length;
    changed(chosen, rows);
  }

  function range(row, on) {
    const rows = shown();
    const from = rows.findIndex((each) => each.dataset.id === anchor);
    const to = rows.indexOf(row);
    if (from < 0) return set(row, on);
    for (const each of rows.slice(Math.min(from, to), Math.max(from, to) + 1)) set(each, on);
  }

  place.addEventListener("click", (event) => {
    if (!event.target.matches(".pick input")) return;
    const row = event.target.closest(".row");
    if (event.shiftKey && anchor) range(row, event.target.checked);
    else set(row, event.target.checked);
    anchor = row.dataset.id;
    update();
  });
  place.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || !event.target.matches(".pick input")) return;
    event.preventDefault();
    const [rows, row] = [shown(), event.target.closest(".row")];
    const next = rows[rows.indexOf(row) + step];
    if (!next) return;
    box(next).focus();
    if (!event.shiftKey) return;
    set(next, event.target.checked);
    anchor = next.dataset.id;
    update();
  });
  all.addEventListener("change", () => {
    for (const row of shown()) set(row, all.checked);
    update();
  });
  return {
    update,
    ids: () => [...chosen],
    clear() {
      chosen.clear();
      update();
    },
  };
}
