// DLQ messages: which are shown and selected, and what is replayed or purged.
import { address, onAddress, read } from "./address.js";
import { selection } from "./select.js";
import { sorting } from "./sort.js";

const FILTERS = ["service", "error", "prefix", "age", "about"];
const TYPED_MS = 300;

export function messages(streams) {
  const place = document.getElementById("messages");
  const body = document.getElementById("messages-body");
  const filter = document.getElementById("dlq-filter");
  const toolbar = place.querySelector(".toolbar");
  const every = document.getElementById("every");
  const form = document.getElementById("dlq-form");
  let all = false; // whether all that match are selected, also what is not shown
  let typed;
  let shownFor;

  const sort = sorting(body, "dlq-sort", "at");
  const chosen = selection(body, toolbar, (ids, rows) => {
    const more = Boolean(body.querySelector("table")?.dataset.more);
    const whole = rows.length > 0 && ids.size === rows.length;
    all &&= whole;
    every.hidden = !(more && whole) || all;
    for (const button of toolbar.querySelectorAll("[name=do]")) button.disabled = ids.size === 0;
    toolbar.querySelector(".chosen").textContent = all
      ? "all that match are selected"
      : ids.size ? `${ids.size.toLocaleString("en")} of ${rows.length.toLocaleString("en")} selected` : `${rows.length.toLocaleString("en")}${more ? "+" : ""} messages`;
  });

  const wanted = () => Object.fromEntries(FILTERS.map((name) => [name, read()[name]]).filter(([, value]) => value));
  const look = () => window.htmx.trigger(body, "look");

  form.addEventListener("formdata", ({ formData }) => {
    for (const [name, value] of Object.entries(wanted())) formData.set(name, value);
    if (all) formData.set("all", "1");
    if (all) formData.delete("id");
  });

  function narrow(changes, replace = false) {
    address(changes, replace);
    show();
  }
  // The filter is read again only where it has changed: tabs and sorting are in the address, too.
  function show() {
    const now = wanted();
    for (const name of ["service", "prefix", "age"]) {
      if (filter.elements[name].value.trim() !== (now[name] ?? "")) filter.elements[name].value = now[name] ?? "";
    }
    document.getElementById("export").href = `/dlq/export?${new URLSearchParams(now)}`;
    const query = JSON.stringify(now);
    if (!place.hidden && shownFor !== undefined && shownFor !== query) look();
  }
  onAddress(show);

  filter.addEventListener("submit", (event) => event.preventDefault());
  filter.addEventListener("input", ({ target }) => {
    clearTimeout(typed);
    if (target.name === "prefix") typed = setTimeout(() => narrow({ prefix: target.value }, true), TYPED_MS);
    else narrow({ [target.name]: target.value });
  });
  place.addEventListener("click", ({ target }) => {
    const cause = target.closest("button.cause");
    const act = target.closest("button.act");
    if (target.id === "look") look();
    if (target.id === "dlq-clear") narrow(Object.fromEntries(FILTERS.map((name) => [name, ""])));
    if (target.id === "about-all") narrow({ about: "" });
    if (cause) {
      const pressed = cause.getAttribute("aria-pressed") === "true";
      narrow(pressed ? { error: "", service: "" } : { error: cause.dataset.error, service: cause.dataset.service });
    }
    if (target === every) {
      all = true;
      chosen.update();
    }
    if (act) {
      const values = { do: act.dataset.do, id: act.closest(".row").dataset.id };
      if (toolbar.querySelector("[name=force]").checked) values.force = "on";
      window.htmx.ajax("POST", "/dlq/jobs", { target: "#dlq-job", swap: "innerHTML", values });
    }
  });
  document.body.addEventListener("htmx:configRequest", ({ detail }) => {
    if (detail.elt !== body) return;
    for (const [name, value] of Object.entries(wanted())) detail.formData.set(name, value);
    shownFor = JSON.stringify(wanted());
  });
  place.addEventListener("htmx:afterSwap", ({ target }) => {
    if (target !== body) return;
    all = false;
    sort.apply();
    chosen.update();
  });
  // What was replayed or purged is not there any more.
  document.body.addEventListener("dlq-changed", () => {
    chosen.clear();
    if (!place.hidden) look();
  });
  // More or fewer than are shown: read again, unless somebody is choosing, or looks at some of them.
  streams.addEventListener("dead", ({ data }) => {
    const table = body.querySelector("table");
    const there = Number(new DOMParser().parseFromString(data, "text/html").body.textContent || 0);
    const busy = place.querySelector(".report[data-phase=running]") || chosen.ids().length > 0;
    if (place.hidden || !table || busy || Object.keys(wanted()).length > 0 || table.dataset.more) return;
    if (there !== Number(table.dataset.shown)) look();
  });
}

// Replays and purges, wherever they were asked for.
export function jobs() {
  document.body.addEventListener("htmx:afterSwap", ({ target }) => {
    const place = target.closest?.(".jobs") ?? target;
    place.querySelector?.("[data-focus]")?.focus();
  });
  document.addEventListener("click", ({ target }) => target.closest("[data-dismiss]")?.closest(".report").remove());
  document.body.addEventListener("htmx:responseError", ({ detail }) => {
    const place = detail.target?.closest?.(".jobs") ?? document.getElementById("dlq-job");
    if (!detail.pathInfo.requestPath.startsWith("/dlq")) return;
    const note = document.createElement("p");
    note.className = "report";
    note.setAttribute("role", "alert");
    note.textContent = detail.xhr.responseText;
    place.replaceChildren(note);
  });
}
