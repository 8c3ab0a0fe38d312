// How long ago something was, in words; the date with its zone is in the title, and stands there without this script.
const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
const words = new Intl.RelativeTimeFormat("en", { style: "short", numeric: "always" });

export function times() {
  const list = document.getElementById("rows");
  const write = (place) => place.querySelectorAll("time.ago").forEach(since);
  new MutationObserver((changes) => changes.forEach(({ addedNodes }) => addedNodes.forEach((each) => each.nodeType === 1 && write(each)))).observe(list, { childList: true });
  setInterval(() => document.hidden || write(list), 15000);
  write(list);
}

function since(place) {
  const seconds = Math.max(0, (Date.now() - Date.parse(place.dateTime)) / 1000);
  if (Number.isNaN(seconds)) return;
  const [unit, size] = UNITS.find(([, length]) => seconds >= length) ?? UNITS.at(-1);
  const text = words.format(-Math.floor(seconds / size), unit);
  if (place.textContent !== text) place.textContent = text;
}
