// DLQ messages: which are selected, and when they are read again.
export function messages(streams) {
  const place = document.getElementById("messages");
  const boxes = (inside) => [...inside.querySelectorAll("input[name=id]")];

  function count() {
    const chosen = boxes(place).filter((box) => box.checked).length;
    const button = place.querySelector("button[type=submit]");
    if (!button) return;
    button.disabled = chosen === 0;
    place.querySelector("#chosen").textContent = chosen;
    for (const all of place.querySelectorAll("#all-messages, .cause-all")) {
      const its = boxes(all.closest(".cause") ?? place);
      const on = its.filter((box) => box.checked).length;
      all.checked = on > 0 && on === its.length;
      all.indeterminate = on > 0 && on < its.length;
    }
  }

  place.addEventListener("change", ({ target }) => {
    if (target.matches("#all-messages, .cause-all")) {
      for (const box of boxes(target.closest(".cause") ?? place)) box.checked = target.checked;
    }
    count();
  });
  place.addEventListener("click", ({ target }) => {
    if (target.id === "look") window.htmx.trigger("#messages-body", "look");
  });
  place.addEventListener("htmx:afterSwap", count);
  place.addEventListener("htmx:responseError", ({ detail }) => {
    const note = document.createElement("p");
    note.className = "report";
    note.setAttribute("role", "status");
    note.textContent = detail.xhr.responseText;
    place.querySelector("#messages-body").prepend(note);
  });
  // More or fewer than are shown: read again, unless somebody is choosing.
  streams.addEventListener("dead", ({ data }) => {
    const form = place.querySelector("form");
    const there = Number(new DOMParser().parseFromString(data, "text/html").body.textContent || 0);
    if (place.hidden || !form || boxes(place).some((box) => box.checked)) return;
    if (there !== Number(form.dataset.messages)) window.htmx.trigger("#messages-body", "look");
  });
}
