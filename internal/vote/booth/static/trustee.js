// SPDX-License-Identifier: Apache-2.0
// A trustee's page: makes a key, takes part in the ceremony of a group, checks the key, decrypts the count. The secret stays in a worker of this
// page and, locked with a passphrase, in a file on the trustee's own device.

import { encode, Refusal } from "./canon.js";
import { certFingerprint, keyFingerprint } from "./ceremony.js";
import { Reject, sourceOf } from "./bel.js";
import { parseKeyFile } from "./keyfile.js";
import { ask, begin, grouped, save } from "./page.js";
import { Hand, Pool } from "./pool.js";
import { trusteeKeys, verify } from "./verify.js";

/** @import {KeyFile} from "./keyfile.js" */
/** @import {Page} from "./page.js" */

/**
 * What the server says of the ceremony; see README.md.
 * @typedef {object} Ceremony
 * @property {"single" | "threshold"} kind
 * @property {string} label
 * @property {string} name
 * @property {number} me
 * @property {number} threshold
 * @property {"key" | "cert" | "polynomial" | "output" | "wait" | "done"} due
 * @property {string[]} [certs]
 * @property {string} [input]
 * @property {string} [dkey]
 * @property {string} [public_key]
 * @property {string} [challenge]
 */

const shortest = 12; // characters of a passphrase
const patience = 5000; // ms between two looks at what the others did

class Seat {
  /**
   * @param {Page} page
   * @param {Ceremony} ceremony
   */
  constructor(page, ceremony) {
    this.page = page;
    this.ceremony = ceremony;
    this.hand = new Hand();
    /** The public part of the open key; null while none is open. @type {{message: string, fingerprint: string} | null} */
    this.opened = null;
    /** @type {KeyFile | null} */
    this.file = null;
    /** What to do once the key is open. @type {() => Promise<void>} */
    this.next = () => this.go();
    /** @type {{decryption: string, owned: string} | null} */
    this.made = null;
    page.actions = {
      make: () => this.make(),
      download: () => this.download(),
      kept: () => this.send(this.opened?.message ?? ""),
      open: () => this.open(),
      check: () => this.withKey(() => this.check()),
      decrypt: () => this.withKey(() => this.decrypt()),
      plain: () => this.withKey(() => this.plain()),
      dkey: () => save(this.name("part", "dkey"), `${this.ceremony.dkey ?? ""}\n`),
      forget: () => this.forget(),
      save: () => save(this.name("decryption", "jsons"), this.made ? `${this.made.decryption}\n${this.made.owned}\n` : ""),
    };
    addEventListener("pagehide", () => this.hand.end());
    addEventListener("pageshow", (event) => {
      if (event.persisted) location.reload();
    });
  }

  get store() {
    return `tenday.key.${this.page.data.ceremony}`;
  }

  /** @param {string} what @param {string} extension */
  name(what, extension) {
    return `tenday-${what}-${(this.opened?.fingerprint ?? this.file?.fingerprint ?? "").slice(0, 8)}.${extension}`;
  }

  /** The locked key that this device keeps. */
  kept() {
    try {
      const text = localStorage.getItem(this.store);
      return text === null ? null : parseKeyFile(text);
    } catch {
      return null;
    }
  }

  /** Does what is due, as far as it can be done without the trustee. */
  async go() {
    const { page, ceremony } = this;
    this.file ??= this.kept();
    const { due } = ceremony;
    if (due === "wait") return this.wait();
    if (due === "done") return this.ready();
    if (!this.opened) {
      const fresh = (due === "key" || due === "cert") && !this.file;
      if (!fresh) page.choose(page.root, "key", this.file ? "kept" : "file");
      page.show(fresh ? "make" : "open");
      return;
    }
    if (due === "key" || due === "cert") return this.send(this.opened.message);
    await this.mine();
    page.show("others");
    const { certs = [], input = "", threshold, name } = ceremony;
    if (due === "polynomial") return this.send(await this.hand.call("polynomial", { certs, threshold }));
    await this.send(await this.hand.call("output", { certs, input, threshold, name }));
  }

  /** @param {string} message */
  async send(message) {
    const { due } = this.ceremony;
    const answer = await ask(this.page.data.ceremony ?? "", { body: JSON.stringify({ due, message }), cookies: true });
    this.ceremony = await answer.json();
    await this.go();
  }

  /** Looks after a while what the others did, again and again. */
  wait() {
    const { page } = this;
    if (page.here.dataset.screen !== "others") page.show("others");
    setTimeout(async () => {
      try {
        this.ceremony = await (await ask(page.data.ceremony ?? "", { cookies: true })).json();
        page.hush();
      } catch (error) {
        page.refuse(error);
        this.wait();
        return;
      }
      this.go().catch((error) => page.refuse(error));
    }, patience);
  }

  /** Saves the secret openly, as belenios-tool reads it. */
  async plain() {
    const extension = this.ceremony.kind === "single" ? "privkey" : "key";
    save(this.name("open", extension), `${await this.hand.call("plain", undefined)}\n`);
  }

  /** Removes the locked key from this device; files that were saved are the trustee's. */
  forget() {
    this.hand.end();
    this.hand = new Hand();
    this.opened = this.file = null;
    localStorage.removeItem(this.store);
    this.page.say("key.forgotten");
  }

  async make() {
    const { page, ceremony } = this;
    const [one, two] = [page.input("[data-passphrase]"), page.input("[data-passphrase-again]")];
    const passphrase = one?.value ?? "";
    if ([...passphrase].length < shortest) throw new Refusal("passphrase.short", "", { least: shortest });
    if (passphrase !== two?.value) throw new Refusal("passphrase.differs");
    const { kind, label, name } = ceremony;
    const { file, ...opened } = await this.hand.call("make", { kind, label, name, passphrase });
    for (const field of [one, two]) if (field) field.value = "";
    [this.file, this.opened] = [file, opened];
    page.fill({ fingerprint: grouped(opened.fingerprint), file: this.name("key", "json") });
    for (const button of page.all('[data-do="kept"]')) button.toggleAttribute("disabled", true);
    page.show("keep");
  }

  download() {
    const text = JSON.stringify(this.file);
    save(this.name("key", "json"), text);
    try {
      localStorage.setItem(this.store, text);
    } catch {
      // then the file has to do
    }
    for (const button of this.page.all('[data-do="kept"]')) button.toggleAttribute("disabled", false);
  }

  async open() {
    const { page, ceremony } = this;
    const chosen = page.input("[data-key-file]")?.files?.[0];
    const file = chosen ? parseKeyFile(await chosen.text()) : this.file;
    if (!file) throw new Refusal("key.file");
    const field = page.input('[data-screen="open"] [data-passphrase]');
    const passphrase = field?.value ?? "";
    const opened = await this.hand.call("unlock", { file, name: ceremony.name, passphrase });
    if (field) field.value = "";
    [this.file, this.opened] = [file, opened];
    await this.mine();
    await this.next();
  }

  /** The fingerprints that the ceremony lists: of a group all, in order, of a single trustee the own one. */
  async listed() {
    const { certs = [], public_key, kind } = this.ceremony;
    if (kind === "threshold") return Promise.all(certs.map(certFingerprint));
    return public_key ? [await keyFingerprint(JSON.parse(public_key).public_key)] : [];
  }

  /** Where the own fingerprint stands in listed. */
  get place() {
    return this.ceremony.kind === "threshold" ? this.ceremony.me - 1 : 0;
  }

  /** Throws key.other unless the open key is the one that the ceremony has in this place. */
  async mine() {
    const listed = (await this.listed())[this.place];
    if (!listed || listed === this.opened?.fingerprint) return;
    this.opened = null;
    throw new Refusal("key.other");
  }

  /** Runs what needs the key, after it was opened. @param {() => Promise<void>} what */
  async withKey(what) {
    if (this.opened) return what();
    this.next = async () => {
      this.next = () => this.go();
      await this.ready();
      await what();
    };
    this.page.choose(this.page.root, "key", this.file ? "kept" : "file");
    this.page.show("open");
  }

  async ready() {
    const { page, ceremony } = this;
    const prints = await this.listed();
    page.show("ready");
    page.fill({ fingerprint: grouped(prints[this.place]) }, page.here);
    for (const list of page.all("[data-certs]", page.here)) {
      list.replaceChildren(...prints.map((one, i) => page.copy("cert", { number: i + 1, fingerprint: grouped(one) })));
    }
    for (const button of page.all('[data-do="decrypt"]', page.here)) button.hidden = !page.data.decryption;
    for (const button of page.all('[data-do="dkey"]', page.here)) button.hidden = !ceremony.dkey;
  }

  async fetchArchive() {
    return sourceOf(await (await ask(this.page.data.archive ?? "", { cookies: true })).blob());
  }

  /** Checks that the open key is the one listed: in the archive once there is one, before that in the ceremony; and tells the server. */
  async check() {
    const { page, ceremony } = this;
    const { dkey, challenge, public_key } = ceremony;
    const { key, proof } = await this.hand.call("check", { dkey, fresh: challenge });
    const listed = page.data.archive
      ? (await trusteeKeys(await this.fetchArchive()))[Number(page.data.owner) - 1]
      : BigInt(JSON.parse(public_key ?? "{}").public_key ?? 0);
    if (key !== listed) throw new Refusal("key.other");
    if (page.data.check) await ask(page.data.check, { body: encode({ challenge, proof }), cookies: true });
    page.say("key.checked");
  }

  async decrypt() {
    const { page, ceremony, hand } = this;
    page.show("decrypting");
    const owner = Number(page.data.owner);
    const pool = new Pool();
    try {
      const progress = (/** @type {number} */ done, /** @type {number} */ of) => page.progress(done, of);
      const { election, tally, keys, owners } = await verify(await this.fetchArchive(), pool, { progress });
      if (!tally) throw new Refusal("archive.stage");
      if (owners.includes(owner)) throw new Refusal("decryption.duplicate");
      const args = { fingerprint: election.fingerprint, tally, owner, key: keys[owner - 1], dkey: ceremony.dkey };
      const { decryption, owned, side } = await hand.call("decrypt", args, progress);
      this.made = { decryption, owned };
      await ask(page.data.decryption ?? "", { body: JSON.stringify({ owner, decryption, side }), cookies: true });
    } catch (error) {
      if (!this.made && error instanceof Reject) throw error;
      await this.ready();
      throw error;
    } finally {
      pool.end();
    }
    page.show("decrypted");
  }
}

begin("[data-trustee]", async (page) => {
  const answer = await ask(page.data.ceremony ?? "", { cookies: true });
  await new Seat(page, await answer.json()).go();
});
