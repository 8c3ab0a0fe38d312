// Columns by which a list is sorted: which one is in the address, with "-" before it where it descends.
import { address, onAddress, read } from "./address.js";

const collator = new Intl.Collator("en", { numeric: true });

// A list that is in `place` now or later.
//   param: the name of its column in the address
//   first: the column that it is sorted by where the address names none, or one that it has not
export function sorting(place, param, first) {
  const chosen = (text = read()[param] || first) => {
    const key = text.replace(/^-/, "");
    const head = place.querySelector(`th[data-sort="${CSS.escape(key)}"]`);
    if (head) return { key, type: head.dataset.type, descends: text.startsWith("-") };
    return text === first ? { key: "at", type: "time", descends: true } : chosen(first);
  };

  function order(rows) {
    const { key, type, descends } = chosen();
    const values = new Map(rows.map((row) => [row, valueOf(row, key, type)]));
    return rows.sort((one, other) => compared(values.get(one), values.get(other), descends) || later(one, other));
  }

  function apply() {
    const body = place.querySelector("tbody");
    if (!body) return;
    const { key, descends } = chosen();
    for (const head of place.querySelectorAll("th[data-sort]")) {
      head.setAttribute("aria-sort", head.dataset.sort !== key ? "none" : descends ? "descending" : "ascending");
    }
    const ordered = order([...body.children]);
    if (ordered.some((row, index) => body.children[index] !== row)) body.append(...ordered);
  }

  // A row to where it belongs among others that are in their places.
  function insert(body, row) {
    const { key, type, descends } = chosen();
    const value = valueOf(row, key, type);
    const before = (other) => (compared(valueOf(other, key, type), value, descends) || later(other, row)) <= 0;
    let next = body.firstElementChild;
    while (next && (next === row || before(next))) next = next.nextElementSibling;
    body.insertBefore(row, next);
  }

  place.addEventListener("click", ({ target }) => {
    const head = target.closest("button.sort")?.closest("th");
    if (!head) return;
    const now = head.getAttribute("aria-sort");
    // Numbers and times begin with the largest, names with the first.
    const descends = now === "none" ? ["number", "time"].includes(head.dataset.type) : now === "ascending";
    const value = `${descends ? "-" : ""}${head.dataset.sort}`;
    address({ [param]: value === first ? "" : value });
    apply();
  });
  onAddress(apply);
  return { apply, insert, isFirst: () => (read()[param] || first) === first };
}

function valueOf(row, key, type) {
  if (type === "number") return row.dataset[key] === "" ? undefined : Number(row.dataset[key]);
  if (type === "age") return -Date.parse(row.dataset[key]);
  return type === "time" ? row.dataset[key] : row.querySelector(`.${key}`).textContent;
}

// What nobody knows comes last, whichever way the others are sorted.
function compared(one, other, descends) {
  if (one === undefined || other === undefined) return (one === undefined) - (other === undefined);
  const found = typeof one === "string" ? collator.compare(one, other) : one - other;
  return descends ? -found : found;
}

function later(one, other) {
  if (one.dataset.at === other.dataset.at) return 0;
  return one.dataset.at > other.dataset.at ? -1 : 1;
}
