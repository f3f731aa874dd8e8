// SPDX-License-Identifier: Apache-2.0
// A picture that waits on the phone: as it was taken where it is small, else drawn smaller, and the hashes of both from before anything
// else happens to it.

import { base64 } from "./bytes.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */

const SIDE = 1600; // points: a plate ten yards away is read
const MOST = 480 * 1024; // bytes: sealed, it goes into one request like any other act
const STEPS = [[SIDE, 0.85], [SIDE, 0.7], [1200, 0.7], [800, 0.5]]; // longer side, quality

/**
 * @typedef {object} Kept
 * @property {string} picture base64
 * @property {string} sha256 of it, in hex
 * @property {string} taken the same of the file as the camera gave it
 */

/** Throws for what is no picture. @param {File} file @returns {Promise<Kept>} */
export async function picture(file) {
  const original = new Uint8Array(await file.arrayBuffer()), taken = await sha256(original);
  const image = await createImageBitmap(file);
  try {
    const longer = Math.max(image.width, image.height);
    if (original.length <= MOST && longer <= SIDE && ["image/jpeg", "image/png"].includes(file.type)) return { picture: base64(original), sha256: taken, taken };
    for (const [side, quality] of STEPS) {
      const bytes = await drawn(image, Math.min(1, side / longer), quality);
      if (bytes.length <= MOST) return { picture: base64(bytes), sha256: await sha256(bytes), taken };
    }
  } finally {
    image.close();
  }
  throw new Error("no picture");
}

/** @param {ImageBitmap} image @param {number} scale @param {number} quality @returns {Promise<Bytes>} */
async function drawn(image, scale, quality) {
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(image.width * scale));
  canvas.height = Math.max(1, Math.round(image.height * scale));
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise((/** @type {(b: Blob | null) => void} */ done) => canvas.toBlob(done, "image/jpeg", quality));
  if (!blob) throw new Error("not drawn");
  return new Uint8Array(await blob.arrayBuffer());
}

/** @param {Bytes} bytes @returns {Promise<string>} */
async function sha256(bytes) {
  return Array.from(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)), (b) => b.toString(16).padStart(2, "0")).join("");
}
