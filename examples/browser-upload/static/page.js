// Uploads files to S3 by forms that the server signs, shows their progress, and then what was made of them.
const AT_ONCE = 3;

const zone = document.getElementById("zone");
const input = document.getElementById("files");
const list = document.getElementById("uploads");
const rules = await (await fetch("/rules")).json();

const queue = [];
let running = 0;

input.accept = Object.keys(rules.types).join();
document.getElementById("rules").textContent =
  `${Object.values(rules.types).map((each) => each.slice(1).toUpperCase()).join(", ")}, up to ${size(rules.max_bytes)} each`;

input.addEventListener("change", () => {
  [...input.files].forEach(add);
  input.value = ""; // The same file can be chosen again.
});

// Anywhere on the page: a file that misses the zone would be opened in its place.
let depth = 0;
for (const name of ["dragenter", "dragover", "dragleave", "drop"]) {
  document.addEventListener(name, (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    depth = { dragenter: depth + 1, dragleave: depth - 1, dragover: depth, drop: 0 }[name];
    zone.classList.toggle("over", depth > 0);
    if (name === "drop") [...event.dataTransfer.files].forEach(add);
  });
}

function add(file) {
  const row = document.getElementById("upload").content.firstElementChild.cloneNode(true);
  const part = (name) => row.querySelector(name);
  part(".name").textContent = file.name;
  part(".size").textContent = size(file.size);
  part("progress").setAttribute("aria-label", `Upload of ${file.name}`);
  part(".cancel").setAttribute("aria-label", `Cancel ${file.name}`);
  list.prepend(row);

  const upload = { file, type: typeOf(file), stop: new AbortController() };
  upload.show = (text) => {
    part(".state").textContent = text;
    document.getElementById("status").textContent = `${file.name}: ${text}`; // Screen readers say it.
  };
  upload.progress = (percent) => {
    part("progress").value = percent;
    part(".state").textContent = `${percent} %`; // Not to screen readers, which would say every number.
  };
  upload.sent = () => {
    part(".cancel").remove();
    part("progress").removeAttribute("value"); // Until the result is there.
  };
  upload.end = () => {
    part(".cancel")?.remove();
    part("progress").remove();
  };
  upload.fail = (text) => {
    row.classList.add("wrong");
    upload.end();
    upload.show(text);
  };
  upload.draw = (outputs) => part(".outputs").append(...outputs.map((output) => figure(output, file.name)));
  part(".cancel").addEventListener("click", () => {
    input.focus(); // The button goes, and the keyboard's place with it.
    upload.stop.abort();
  });

  const why = refusal(file, upload.type);
  if (why) return upload.fail(why);
  upload.show("waiting for its turn");
  queue.push(upload);
  next();
}

function next() {
  while (running < AT_ONCE && queue.length) {
    running += 1;
    send(queue.shift()).finally(() => {
      running -= 1;
      next();
    });
  }
}

// Browsers give no type to files that the system does not know, as HEIC on many.
function typeOf(file) {
  const name = file.name.toLowerCase().replace(/\.jpeg$/, ".jpg").replace(/\.heif$/, ".heic");
  return file.type || (Object.entries(rules.types).find(([, ending]) => name.endsWith(ending)) ?? [""])[0];
}

// What the server and S3 would refuse anyway: the visitor need not wait for it.
function refusal(file, type) {
  if (!(type in rules.types)) return `Not uploaded: ${type || "a file of an unknown type"} is not accepted.`;
  if (!file.size) return "Not uploaded: the file is empty.";
  if (file.size > rules.max_bytes) {
    return `Not uploaded: the file has ${size(file.size)}; the limit is ${size(rules.max_bytes)}.`;
  }
  return null;
}

async function send(upload) {
  try {
    upload.stop.signal.throwIfAborted();
    upload.show("uploading");
    const signed = await answered(
      await fetch("/uploads", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ type: upload.type }),
        signal: upload.stop.signal,
      }),
    );
    await post(signed, upload);
    upload.sent();
    upload.show("uploaded; the pictures are being made");
    await follow(signed.id, upload);
  } catch (error) {
    upload.fail(error.name === "AbortError" ? "Cancelled." : error.message);
  }
}

// By XMLHttpRequest: fetch does not report how much of a body was sent.
function post({ url, fields }, upload) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append("file", upload.file); // Last: S3 ignores what follows it.
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    upload.stop.signal.addEventListener("abort", () => request.abort());
    request.upload.onprogress = ({ loaded, total }) => upload.progress(Math.floor((100 * loaded) / total));
    request.onload = () => (request.status < 300 ? done() : failed(new Error(refused(request.responseText))));
    request.onerror = () => failed(new Error("Not uploaded: the connection to S3 broke off, or S3 does not allow this page."));
    request.onabort = () => failed(new DOMException("", "AbortError"));
    request.open("POST", url);
    request.send(form);
  });
}

// S3 answers in XML: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
function refused(text) {
  const answer = new DOMParser().parseFromString(text, "application/xml");
  const part = (name) => answer.querySelector(name)?.textContent ?? "";
  const known = {
    EntityTooLarge: `the file is larger than ${size(rules.max_bytes)}`,
    EntityTooSmall: "the file is empty",
  };
  const code = part("Code") || "no reason given";
  return `S3 refused the file: ${known[code] ?? part("Message")} (${code}).`;
}

// Each request waits for the result on the server's side, for 20 seconds at most.
async function follow(id, upload) {
  for (;;) {
    const found = await answered(await fetch(`/uploads/${id}`));
    if (found.state === "waiting") continue;
    if (found.state !== "stored") return upload.fail(`No pictures were made: ${found.reason}.`);
    upload.end();
    upload.draw(found.outputs);
    return upload.show(found.outputs.length === 1 ? "1 picture was made" : `${found.outputs.length} pictures were made`);
  }
}

async function answered(response) {
  if (response.ok) return response.json();
  const { detail } = await response.json().catch(() => ({}));
  throw new Error(typeof detail === "string" ? detail : `The server answered ${response.status}.`);
}

function figure(output, name) {
  const made = document.createElement("figure");
  const image = document.createElement("img");
  image.src = output.url;
  image.width = output.width;
  image.height = output.height;
  image.alt = `${name}, ${output.rendition}`;
  const caption = document.createElement("figcaption");
  caption.textContent = `${output.rendition}, ${output.width} × ${output.height}, ${size(output.size_bytes)}`;
  made.append(image, caption);
  return made;
}

function size(bytes) {
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 1e6 ? `${Math.round(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1).replace(/\.0$/, "")} MB`;
}
