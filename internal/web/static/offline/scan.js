// SPDX-License-Identifier: Apache-2.0
// Reads members' codes with the phone's camera. Where the browser does not read codes by itself (Safari on a phone, Firefox) a library
// does, which is loaded when the camera is first opened. No picture leaves the page or is kept.

/** A member's code: 128 bits in base32. Other squares in front of the camera are nobody's. */
const CODE = /^[A-Z2-7]{26}$/i;

const LOOK = 250; // milliseconds between two looks: an old phone does nothing else meanwhile
const WIDE = 800; // points of what is looked at: a code that fills a third of the picture has seven to a module

/** @typedef {{refused: string, none: string, away: string, other: string}} Words what is said when it does not work */

/** @param {string} sel @returns {HTMLElement | null} */
const at = (sel) => document.querySelector(sel);

/** @returns {Promise<{detect: (image: HTMLCanvasElement) => Promise<{rawValue: string}[]>}>} */
async function reader() {
  let Detector = /** @type {any} */ (globalThis).BarcodeDetector;
  const own = Detector && (await Detector.getSupportedFormats().catch(() => []));
  const library = "../vendor/qr/decode.js"; // as it was published: its types are not ours to check
  if (!own?.includes("qr_code")) Detector = (await import(library)).BarcodeDetector;
  return new Detector({ formats: ["qr_code"] });
}

/**
 * Makes the button open the camera. What it finds is told to found, and the camera is off by then.
 * @param {Words} words @param {(code: string) => void} found
 */
export function scanner(words, found) {
  const button = at("[data-scan]"), dialog = at("#scan"), video = at("[data-video]"), note = at("[data-scan-note]");
  if (!navigator.mediaDevices || !button || !(dialog instanceof HTMLDialogElement) || !(video instanceof HTMLVideoElement) || !note) return;
  button.hidden = false;
  let turn = 0; // which opening of the dialog this is: one that was closed goes on with nothing
  /** @param {string} text */
  const say = (text) => {
    note.textContent = text;
    note.hidden = text === "";
  };
  const off = () => {
    turn++;
    if (video.srcObject instanceof MediaStream) for (const t of video.srcObject.getTracks()) t.stop();
    video.srcObject = null;
  };
  dialog.addEventListener("close", off);
  window.addEventListener("pagehide", () => dialog.close());
  button.addEventListener("click", async () => {
    const mine = ++turn;
    say("");
    dialog.showModal();
    const [stream, reads] = await Promise.allSettled([
      navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } } }), reader(),
    ]);
    if (mine !== turn || stream.status === "rejected" || reads.status === "rejected") {
      if (stream.status === "fulfilled") for (const t of stream.value.getTracks()) t.stop();
      if (mine !== turn) return;
      if (stream.status === "rejected") say(stream.reason?.name === "NotFoundError" ? words.none : words.refused);
      else say(words.away);
      return;
    }
    video.srcObject = stream.value;
    await video.play().catch(() => {}); // closed meanwhile
    const code = await look(video, reads.value, () => mine === turn, () => say(words.other));
    if (mine !== turn) return;
    dialog.close();
    found(code);
  });
}

/**
 * Looks until a member's code is seen, or nobody wants to know any more.
 * @param {HTMLVideoElement} video @param {{detect: (image: HTMLCanvasElement) => Promise<{rawValue: string}[]>}} reads
 * @param {() => boolean} wanted @param {() => void} other told of a square that is no member's code
 * @returns {Promise<string>}
 */
async function look(video, reads, wanted, other) {
  const canvas = document.createElement("canvas"), pen = canvas.getContext("2d", { willReadFrequently: true });
  while (wanted() && pen) {
    if (video.videoWidth > 0) {
      canvas.width = Math.min(WIDE, video.videoWidth);
      canvas.height = Math.round((video.videoHeight * canvas.width) / video.videoWidth);
      pen.drawImage(video, 0, 0, canvas.width, canvas.height);
      const [seen] = await reads.detect(canvas).catch(() => []);
      const text = seen?.rawValue.trim() ?? "";
      if (CODE.test(text)) return text.toUpperCase();
      if (text) other();
    }
    await new Promise((done) => setTimeout(done, LOOK));
  }
  return "";
}
