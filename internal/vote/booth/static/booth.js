// SPDX-License-Identifier: Apache-2.0
// The voter's page: credential, choice, review, encryption, receipt. The choice and the credential leave it encrypted or not at all; a ballot
// counts as cast when the server's signed receipt for it has been checked, not before.

import { Refusal } from "./canon.js";
import { readCredential } from "./credential.js";
import { checkVotes, firstAnswer, parseElection } from "./election.js";
import { tracker } from "./hash.js";
import { ask, begin, grouped, save } from "./page.js";
import { Hand } from "./pool.js";
import { checkReceipt } from "./receipt.js";

/** @import {Election, Question} from "./election.js" */
/** @import {Page} from "./page.js" */
/** @import {Receipt} from "./receipt.js" */

const store = "tenday.receipts";

/** The signed receipts that this device keeps, oldest first. @returns {(Receipt & {at: number})[]} */
function kept() {
  try {
    const receipts = JSON.parse(localStorage.getItem(store) ?? "[]");
    return Array.isArray(receipts) ? receipts : [];
  } catch {
    return []; // storage is refused in some private windows
  }
}

/** @param {Receipt} receipt */
function keep(receipt) {
  try {
    localStorage.setItem(store, JSON.stringify([...kept(), { ...receipt, at: Date.now() }]));
  } catch {
    // then paper has to do
  }
}

class Booth {
  /**
   * @param {Page} page
   * @param {Hand} hand that has the election open
   * @param {Election} election
   * @param {Uint8Array | null} list of the election's credentials, see isListed
   */
  constructor(page, hand, election, list) {
    this.page = page;
    this.hand = hand;
    this.election = election;
    this.list = list;
    this.credential = "";
    /** The encrypted ballot, from encryption to receipt. @type {{raw: string, tracker: string} | null} */
    this.ballot = null;
    /** @type {Receipt | null} */
    this.receipt = null;
    /** Whether something would be lost by leaving. */
    this.begun = false;
    page.actions = {
      credential: () => this.enter(),
      back: () => page.show("credential"),
      review: () => this.review(),
      change: () => page.show("choose"),
      encrypt: () => this.encrypt(),
      cast: () => this.cast(),
      copy: () => this.copy(),
      print: () => print(),
      save: () => save(`receipt-${election.uuid}.json`, JSON.stringify(this.receipt)),
      again: () => location.reload(),
      forget: () => this.forget(),
    };
    addEventListener("beforeunload", (event) => {
      if (this.begun) event.preventDefault();
    });
    // A page that the browser kept alive in the background would still show what was chosen.
    addEventListener("pageshow", (event) => {
      if (event.persisted) location.reload();
    });
  }

  start() {
    const { page, election } = this;
    page.fill({ name: election.name, description: election.description, fingerprint: election.fingerprint });
    this.drawQuestions();
    this.drawKept();
    page.show("credential");
    const field = page.input("[data-credential-field]");
    const credential = credentialInAddress() || ("practice" in page.data ? (page.data.credential ?? "") : "");
    if (!field) return;
    field.addEventListener("input", () => this.look(field.value));
    field.value = credential;
    if (credential) this.look(credential);
  }

  /** Says while it is typed what is wrong with a credential; that it is short is said at the end only. @param {string} typed */
  look(typed) {
    this.page.hush();
    try {
      readCredential(typed);
      this.page.say("credential.good");
    } catch (error) {
      if (!(error instanceof Refusal) || (error.code === "credential.length" && Number(error.about.count) < 15)) return;
      this.page.refuse(error);
    }
  }

  /** Checks the credential: its form, and where the server gave the list, on this device, that it is of this election. */
  async enter() {
    const field = this.page.input("[data-credential-field]");
    const credential = readCredential(field?.value ?? "");
    const { list } = this;
    if (list && !(await this.hand.call("listed", { credential, list }))) throw new Refusal("credential.not_listed");
    this.credential = credential;
    this.begun = true;
    this.page.show("choose");
  }

  drawQuestions() {
    const { page, election } = this;
    const place = page.all("[data-questions]")[0];
    place.replaceChildren();
    election.questions.forEach((q, i) => {
      const part = page.copy("question", { question: q.question, number: i + 1, min: q.min, max: q.max });
      page.choose(part, "when", q.min === 1 && q.max === 1 ? "one" : q.min === q.max ? "exactly" : q.min === 0 ? "upto" : "between");
      const answers = /** @type {HTMLElement} */ (part.querySelector("[data-answers]"));
      q.answers.forEach((answer, j) => answers.append(this.drawAnswer("answer", i, q, j + firstAnswer(q), answer)));
      if (q.blank) answers.append(this.drawAnswer("blank", i, q, 0));
      place.append(part);
    });
  }

  /**
   * @param {"answer" | "blank"} template
   * @param {number} i
   * @param {Question} q
   * @param {number} slot
   * @param {string} [answer]
   */
  drawAnswer(template, i, q, slot, answer) {
    const part = this.page.copy(template, answer === undefined ? {} : { answer });
    const input = /** @type {HTMLInputElement} */ (part.querySelector("input"));
    input.type = q.min === 1 && q.max === 1 ? "radio" : "checkbox";
    input.name = `question-${i}`;
    input.value = String(slot);
    input.autocomplete = "off"; // or the browser would bring the choice back after a reload
    return part;
  }

  /** The inputs of question i. @param {number} i */
  inputs(i) {
    return /** @type {HTMLInputElement[]} */ ([...this.page.all(`[data-questions] input[name="question-${i}"]`)]);
  }

  votes() {
    return this.election.questions.map((_, i) => {
      /** @type {number[]} */
      const vote = [];
      for (const input of this.inputs(i)) vote[Number(input.value)] = Number(input.checked);
      return vote;
    });
  }

  review() {
    const { page, election } = this;
    const votes = this.votes();
    try {
      checkVotes(election, votes);
    } catch (error) {
      if (error instanceof Refusal) this.inputs(Number(error.about.question) - 1)[0]?.focus();
      throw error;
    }
    const place = page.all("[data-choices]")[0];
    place.replaceChildren();
    election.questions.forEach((q, i) => {
      const part = page.copy("choice", { question: q.question, number: i + 1 });
      const chosen = /** @type {HTMLElement} */ (part.querySelector("[data-chosen]"));
      votes[i].forEach((v, slot) => {
        if (!v) return;
        const blank = q.blank && slot === 0;
        chosen.append(blank ? page.copy("chosen-blank") : page.copy("chosen", { answer: q.answers[slot - firstAnswer(q)] }));
      });
      if (!votes[i].includes(1)) chosen.append(page.copy("chosen-none"));
      place.append(part);
    });
    page.show("review");
  }

  async encrypt() {
    const { page, credential } = this;
    const raw = await this.hand.call("ballot", { credential, votes: this.votes() }, (done, of) => page.progress(done, of));
    this.ballot = { raw, tracker: await tracker(raw) };
    this.wipe();
    page.fill({ tracker: grouped(this.ballot.tracker) });
    page.show("encrypted");
  }

  /** Forgets credential, choice and randomness, as far as JavaScript can: the worker with all it knew, fields, the page, our references. */
  wipe() {
    this.hand.end();
    this.credential = "";
    const field = this.page.input("[data-credential-field]");
    if (field) field.value = "";
    this.drawQuestions();
    for (const choices of this.page.all("[data-choices]")) choices.replaceChildren();
  }

  async cast() {
    if (!this.ballot) await this.encrypt();
    const { page, ballot, election } = this;
    if (!ballot) return;
    page.say("sending");
    /** @type {Response} */
    let answer;
    try {
      answer = await ask(page.data.cast ?? "", { body: ballot.raw });
    } finally {
      page.hush();
    }
    const want = { uuid: election.uuid, tracker: ballot.tracker, key: page.data.receiptKey ?? "" };
    const receipt = await checkReceipt(await answer.json().catch(() => null), want);
    if (!receipt) throw new Refusal("receipt");
    keep(receipt);
    this.receipt = receipt;
    this.ballot = null;
    this.begun = false;
    page.fill({ tracker: grouped(receipt.tracker), height: receipt.height });
    if (page.data.qr) page.fill({ qr: page.data.qr + encodeURIComponent(receipt.tracker) });
    page.show("cast");
  }

  async copy() {
    await navigator.clipboard.writeText(this.receipt?.tracker ?? "");
    this.page.say("copied");
  }

  drawKept() {
    const { page, election } = this;
    const mine = kept().filter((one) => one.uuid === election.uuid);
    for (const place of page.all("[data-kept]")) {
      place.hidden = mine.length === 0;
      for (const list of page.all("[data-kept-list]", place)) {
        list.replaceChildren(
          ...mine.map(({ tracker, at }) => {
            const when = new Date(at).toLocaleString(document.documentElement.lang);
            return page.copy("kept", { tracker: grouped(tracker), when });
          }),
        );
      }
    }
  }

  forget() {
    try {
      const others = kept().filter((one) => one.uuid !== this.election.uuid);
      localStorage.setItem(store, JSON.stringify(others));
    } catch {
      // then nothing was kept
    }
    this.drawKept();
  }
}

/** Takes the credential out of the address, so that neither history nor a look at the screen shows it. */
function credentialInAddress() {
  const credential = new URLSearchParams(location.hash.slice(1)).get("c") ?? "";
  if (location.hash) history.replaceState(history.state, "", location.pathname + location.search);
  return credential;
}

/** @param {string} address */
const bytesOf = async (address) => new Uint8Array(await (await ask(address)).arrayBuffer());

begin("[data-booth]", async (page) => {
  const { election: address = "", listed, fingerprint } = page.data;
  // All that is needed until the ballot is sent is loaded now: the worker too.
  const [bytes, list] = await Promise.all([bytesOf(address), listed ? bytesOf(listed) : null]);
  const election = await parseElection(bytes).catch((error) => {
    throw error instanceof Refusal ? new Refusal("election", "", { reason: error.code }) : error;
  });
  if (fingerprint && fingerprint !== election.fingerprint) throw new Refusal("fingerprint");
  const hand = new Hand();
  await hand.call("open", { election: bytes });
  new Booth(page, hand, election, list).start();
});
