// What is shown is in the address, behind its #: #tab, then &name=value. Back and forward show it again.
const listeners = [];
const NAMES = ["kind", "text", "batch", "sort", "service", "error", "prefix", "age", "about", "dlq-sort", "image"];

export function read() {
  const [first, ...rest] = location.hash.slice(1).split("&");
  const values = Object.fromEntries(new URLSearchParams(first.includes("=") ? [first, ...rest].join("&") : rest.join("&")));
  return { tab: first.includes("=") ? "" : first, ...Object.fromEntries(NAMES.map((name) => [name, ""])), ...values };
}

// Write what changes; what is typed replaces the address, so that back does not undo one character after the other.
export function address(changes, replace = false) {
  const { tab, ...values } = { ...read(), ...changes };
  const query = new URLSearchParams(Object.entries(values).filter(([, value]) => value)).toString();
  const hash = [tab, query].filter(Boolean).join("&");
  const url = hash ? `#${hash}` : location.pathname;
  if (hash === location.hash.slice(1)) return;
  history[replace ? "replaceState" : "pushState"](null, "", url);
}

// Called once at the start, and whenever somebody goes back, forward, or to another address.
export function onAddress(listener) {
  listeners.push(listener);
}

export function watchAddress() {
  const report = () => listeners.forEach((listener) => listener(read()));
  window.addEventListener("popstate", report);
  if (document.readyState === "complete") report();
  else window.addEventListener("load", report);
}
