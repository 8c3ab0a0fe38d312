import { address, onAddress } from "./address.js";

// Tabs: arrows move between them, and what is in one is asked for when it is looked at.
export function tabs() {
  const list = [...document.querySelectorAll("[role=tab]")];

  function show(tab, focus = false) {
    for (const each of list) {
      const chosen = each === tab;
      each.setAttribute("aria-selected", String(chosen));
      each.tabIndex = chosen ? 0 : -1;
      document.getElementById(each.getAttribute("aria-controls")).hidden = !chosen;
    }
    if (focus) tab.focus();
    const name = tab.getAttribute("aria-controls");
    const body = document.getElementById(`${name}-body`);
    if (body) window.htmx.trigger(body, "look");
  }

  for (const tab of list) {
    tab.addEventListener("click", () => go(tab));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      go(list[(list.indexOf(tab) + step + list.length) % list.length], true);
    });
  }
  function go(tab, focus = false) {
    const name = tab.getAttribute("aria-controls");
    address({ tab: name === "images" ? "" : name, image: "" });
    show(tab, focus);
  }
  onAddress(({ tab }) => {
    const named = list.find((each) => each.getAttribute("aria-controls") === (tab || "images")) ?? list[0];
    if (named.getAttribute("aria-selected") !== "true") show(named);
  });
  // Mails come while one looks; nothing says when.
  setInterval(() => {
    const mails = document.getElementById("mails");
    if (!mails.hidden && !document.hidden && !mails.querySelector("details[open]")) {
      window.htmx.trigger("#mails-body", "look");
    }
  }, 3000);
}
