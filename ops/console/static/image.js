// One image: before and after on top of each other, divided where the slider is.
import { address, onAddress, read } from "./address.js";
import { copies, toast } from "./copy.js";
import { jobs } from "./dlq_messages.js";

export function images(streams) {
  const dialog = document.getElementById("detail");
  let opener;
  let shown;
  let requested = 0;
  let swapped = 0;

  // Whether the image is shown; not if another was asked for meanwhile, or the dialog was closed. Of two answers the one
  // to the later request stays, whichever came first. Not by htmx, which puts a second request off while a first is on
  // its way, and says at once that it is done.
  async function show(path) {
    shown = path;
    requested += 1;
    const number = requested;
    const answer = await fetch(path, { headers: { "HX-Request": "true" } });
    const text = await answer.text();
    if (shown !== path) return false;
    if (number < swapped) return true;
    if (!answer.ok) {
      shown = undefined;
      toast("", text);
      return false;
    }
    swapped = number;
    forget(dialog);
    window.htmx.swap("#detail-body", text, { swapStyle: "innerHTML" });
    opened(dialog);
    return true;
  }

  async function open(path) {
    if (!(await show(path))) return;
    if (!dialog.open) dialog.showModal();
    dialog.scrollTop = 0;
  }
  onAddress(({ image }) => {
    if (!image && dialog.open) dialog.close();
    else if (image && shown !== `/images/${image}`) open(`/images/${encodeURIComponent(image)}`);
  });

  document.addEventListener("click", async (event) => {
    const { target } = event;
    const link = target.closest("a.open");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      if (!dialog.open) opener = link.closest(".row")?.id;
      address({ image: link.getAttribute("href").split("/").pop() });
      await open(link.getAttribute("href"));
    }
    if (target.closest("[data-close]") || target === dialog) dialog.close();
  });
  // A whole name is looked up in the ledger, which knows more images than the page shows.
  document.getElementById("filter").addEventListener("submit", async (event) => {
    event.preventDefault();
    const key = event.target.elements.text.value.trim();
    if (!key) return;
    const answer = await fetch(`/find?${new URLSearchParams({ key })}`);
    if (!answer.ok) {
      toast("", await answer.text());
      return;
    }
    opener = undefined;
    const { image_id: image } = await answer.json();
    address({ image });
    await open(`/images/${image}`);
  });
  // What is looked at changes under the eyes, too; and so does what is about to be.
  streams.addEventListener("rows", ({ data }) => {
    if (shown && data.includes(`href="${shown}"`)) show(shown);
  });
  dialog.addEventListener("close", () => {
    shown = undefined;
    if (read().image) address({ image: "" });
    forget(dialog);
    document.getElementById("detail-body").replaceChildren();
    // The row may have been written again meanwhile.
    if (opener) document.getElementById(opener)?.querySelector(".open").focus();
  });
}

function opened(place) {
  const figure = place.querySelector(".compare");
  if (!figure) return;
  const pictures = figure.querySelector(".pictures");
  const [before, after] = [figure.querySelector(".before"), figure.querySelector(".after")];
  const slider = figure.querySelector("input");
  slider?.addEventListener("input", () => pictures.style.setProperty("--at", `${slider.value}%`));
  const fit = () => fitted(pictures, before, after);
  before.addEventListener("load", fit);
  after?.addEventListener("load", fit);
  if (after?.complete) fit();
  for (const button of place.querySelectorAll(".pick[data-output]")) {
    button.addEventListener("click", () => {
      for (const each of place.querySelectorAll(".pick[data-output]")) each.setAttribute("aria-pressed", String(each === button));
      after.src = button.dataset.output;
      slider.focus();
    });
  }
  for (const button of place.querySelectorAll(".pick[data-output]")) dimensions(button);
  fetched(figure, before);
}

// As the browser decodes it, turned as it is shown.
function dimensions(button) {
  const picture = new Image();
  picture.addEventListener("load", () => {
    button.closest("li").querySelector(".dimensions").textContent = `${picture.naturalWidth} × ${picture.naturalHeight} px`;
  });
  picture.src = button.dataset.output;
}

// The source is fetched as a file, since its headers say whether it is one that browsers show.
async function fetched(figure, before) {
  const caption = figure.querySelector("figcaption");
  const answer = await fetch(figure.dataset.source);
  if (!answer.ok) {
    caption.textContent = `No picture of what was uploaded: ${await answer.text()}`;
    figure.classList.add("without");
    return;
  }
  const form = answer.headers.get("x-source-format");
  if (answer.headers.get("x-preview") === "yes") caption.textContent = `Browsers show no ${form}: “before” is a preview of it.`;
  before.src = URL.createObjectURL(await answer.blob());
}

function forget(place) {
  const before = place.querySelector(".before");
  if (before?.src.startsWith("blob:")) URL.revokeObjectURL(before.src);
}

// The box takes the shape of the output; a source of another shape was cropped to it.
function fitted(pictures, before, after) {
  const shown = after?.naturalWidth ? after : before;
  if (!shown.naturalWidth) return;
  const shape = shown.naturalWidth / shown.naturalHeight;
  pictures.style.setProperty("--shape", String(shape));
  pictures.style.setProperty("--width", `${shown.naturalWidth}px`);
}

if (document.body.classList.contains("single")) {
  copies();
  jobs();
  opened(document);
}
