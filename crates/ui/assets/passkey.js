"use strict";
// Signs in with a passkey, or makes one; the page says which. Binary travels as base64url.
const form = document.getElementById("passkey");
const said = document.getElementById("said");
const way = form.dataset.way;

const bytes = (text) => {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
};
const text = (buffer) => {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
};
const post = async (step, body) => {
  const answer = await fetch("/" + way + "/" + step, {
    method: "POST",
    headers: { "content-type": "application/json", "x-csrf-token": form.dataset.csrf },
    body: JSON.stringify(body),
  });
  const found = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(found.said ?? "The server did not accept it. Load the page again and try once more.");
  return found;
};
// What the server wrote as text and the browser wants as bytes.
const opened = (options) => {
  const known = (one) => ({ ...one, id: bytes(one.id) });
  const all = { ...options, challenge: bytes(options.challenge) };
  if (options.user) all.user = known(options.user);
  if (options.allowCredentials) all.allowCredentials = options.allowCredentials.map(known);
  if (options.excludeCredentials) all.excludeCredentials = options.excludeCredentials.map(known);
  return all;
};
const closed = (credential) => {
  const response = {};
  for (const part of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[part]) response[part] = text(credential.response[part]);
  }
  if (credential.response.getTransports) response.transports = credential.response.getTransports();
  return {
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    response,
    extensions: credential.getClientExtensionResults(),
  };
};

const begin = async () => {
  const asked = way === "join" ? { token: form.dataset.token, name: form.elements.name.value.trim() } : {};
  const { publicKey } = await post("begin", asked);
  const options = { publicKey: opened(publicKey) };
  const keys = navigator.credentials;
  const credential = way === "join" ? await keys.create(options) : await keys.get(options);
  const { to } = await post("finish", { ...asked, credential: closed(credential) });
  location.assign(to);
};
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  said.textContent = "Your device asks for the passkey.";
  try {
    await begin();
  } catch (wrong) {
    said.textContent = wrong.name === "NotAllowedError"
      ? "No passkey was given: it was declined, or it took too long. Try again."
      : wrong.message;
    button.disabled = false;
  }
});
if (window.PublicKeyCredential) {
  form.hidden = false;
  document.getElementById("without").hidden = true;
} else {
  document.getElementById("without").textContent =
    "This browser knows no passkeys, or the page was not opened over HTTPS. Use a browser of the last three years.";
}
