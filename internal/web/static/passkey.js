// SPDX-License-Identifier: Apache-2.0
// Passkeys: a button to sign in and one to add. Both stay hidden where the browser has none; what they say when something fails
// was drawn by the server, or comes from it in the reader's language.

/** @param {ArrayBuffer} buffer */
function encode(buffer) {
  const text = btoa(String.fromCharCode(...new Uint8Array(buffer)));
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** @param {string} text */
function decode(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (c) => c.charCodeAt(0));
}

/** What the server refuses, in its words. */
class Refusal extends Error {}

/**
 * @param {string} path
 * @param {unknown} [body]
 */
async function post(path, body) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: body === undefined ? "" : JSON.stringify(body),
  });
  const said = await answer.json();
  if (!answer.ok) throw new Refusal(said.text);
  return said;
}

/** @param {{id: string}[]} list */
const described = (list = []) => list.map((one) => ({ ...one, id: decode(one.id), type: /** @type {const} */ ("public-key") }));

/**
 * Asks the device for a passkey and hands what it signed to the server.
 * @param {HTMLElement} box
 * @param {CredentialMediationRequirement} mediation
 * @param {AbortSignal} signal
 */
async function signIn(box, mediation, signal) {
  const options = await post(box.dataset.begin ?? "");
  const publicKey = { ...options, challenge: decode(options.challenge), allowCredentials: described(options.allowCredentials) };
  const got = await navigator.credentials.get({ publicKey, mediation, signal });
  if (!(got instanceof PublicKeyCredential)) return;
  const response = /** @type {AuthenticatorAssertionResponse} */ (got.response);
  const done = await post(box.dataset.finish ?? "", {
    id: got.id, rawId: encode(got.rawId), type: got.type,
    response: {
      clientDataJSON: encode(response.clientDataJSON), authenticatorData: encode(response.authenticatorData),
      signature: encode(response.signature), userHandle: response.userHandle ? encode(response.userHandle) : undefined,
    },
  });
  location.assign(done.location);
}

/** @param {HTMLElement} box */
async function add(box) {
  const options = await post(box.dataset.begin ?? "");
  const publicKey = {
    ...options, challenge: decode(options.challenge), user: { ...options.user, id: decode(options.user.id) },
    excludeCredentials: described(options.excludeCredentials),
  };
  const made = await navigator.credentials.create({ publicKey });
  if (!(made instanceof PublicKeyCredential)) return;
  const response = /** @type {AuthenticatorAttestationResponse} */ (made.response);
  const done = await post(box.dataset.finish ?? "", {
    id: made.id, rawId: encode(made.rawId), type: made.type,
    response: {
      clientDataJSON: encode(response.clientDataJSON), attestationObject: encode(response.attestationObject),
      transports: response.getTransports?.() ?? [],
    },
  });
  location.assign(done.location);
}

/**
 * Shows the box and runs act at a tap of its button.
 * @param {HTMLElement} box
 * @param {() => Promise<void>} act
 */
function offer(box, act) {
  box.hidden = false;
  const error = box.querySelector("[role=alert]");
  const button = box.querySelector("button");
  if (!(error instanceof HTMLElement) || !button) return;
  const drawn = error.textContent;
  button.addEventListener("click", async () => {
    error.hidden = true;
    button.disabled = true;
    try {
      await act();
    } catch (problem) {
      error.textContent = problem instanceof Refusal ? problem.message : drawn;
      error.hidden = false;
    }
    button.disabled = false;
  });
}

/** The challenge lives five minutes; the field's own offer is renewed before that. @param {HTMLElement} box */
async function autofill(box) {
  if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
  while (!fieldOffer.signal.aborted) {
    const once = new AbortController();
    fieldOffer.signal.addEventListener("abort", () => once.abort());
    const timer = setTimeout(() => once.abort(), 240_000);
    try {
      await signIn(box, "conditional", once.signal);
      return;
    } catch {
      if (!once.signal.aborted) return; // declined, or the server is away: the button is still there
    } finally {
      clearTimeout(timer);
    }
  }
}

const fieldOffer = new AbortController(); // a browser runs one ceremony at a time: the button ends the field's

if (window.PublicKeyCredential) {
  for (const box of document.querySelectorAll("[data-passkey-signin]")) {
    if (!(box instanceof HTMLElement)) continue;
    offer(box, () => {
      fieldOffer.abort();
      return signIn(box, "optional", new AbortController().signal);
    });
    void autofill(box);
  }
  for (const box of document.querySelectorAll("[data-passkey-add]")) {
    if (box instanceof HTMLElement) offer(box, () => add(box));
  }
}
