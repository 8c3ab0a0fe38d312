// The page: what each part does lies in a module beside this one.
import { watchAddress } from "./address.js";
import { copies } from "./copy.js";
import { uploads } from "./upload.js";
import { images } from "./image.js";
import { jobs, messages } from "./dlq_messages.js";
import { rows } from "./list.js";
import { tabs } from "./tabs.js";
import { times } from "./times.js";

const streams = new EventTarget();

// htmx's extension keeps the stream; a browser that reconnects sends what it has seen.
document.body.addEventListener("htmx:sseOpen", ({ detail }) => {
  detail.source.addEventListener("rows", report);
  detail.source.addEventListener("dead", report);
  detail.source.addEventListener("again", reload);
});
document.body.addEventListener("htmx:sseError", () => {
  const state = document.getElementById("state");
  const lamp = document.createElement("span");
  lamp.className = "lamp";
  lamp.dataset.state = "failed";
  state.replaceChildren(lamp, "the console does not answer");
});

function report(event) {
  streams.dispatchEvent(new MessageEvent(event.type, { data: event.data }));
}

// Another process counts its changes again: what this page has seen means nothing to it.
function reload() {
  location.reload();
}

copies();
tabs();
rows(streams);
uploads();
images(streams);
messages(streams);
jobs();
times();
watchAddress();
