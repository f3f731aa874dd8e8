// SPDX-License-Identifier: Apache-2.0
// Lets a Go test call functions of the modules, in Node or in a browser: data goes over as JSON, in which {"$bytes": base64} is a
// Uint8Array and {"$big": decimal} a BigInt.

/** The folder of the modules: beside this one in the repository, and at the same place under the test's server. */
const modules = new URL("../static/", import.meta.url);

function pack(_, value) {
  if (typeof value === "bigint") return { $big: String(value) };
  if (value instanceof Uint8Array) return { $bytes: btoa(Array.from(value, (b) => String.fromCharCode(b)).join("")) };
  return value;
}

function unpack(_, value) {
  if (value?.$big !== undefined) return BigInt(value.$big);
  if (value?.$bytes !== undefined) return Uint8Array.from(atob(value.$bytes), (c) => c.charCodeAt(0));
  return value;
}

/** The checks of an archive without workers. */
async function verifyArchive(bytes, expectHead) {
  const [{ verify }, { operations }, { sourceOf }] = await Promise.all(["verify.js", "crew.js", "bel.js"].map((m) => import(new URL(m, modules))));
  const crew = {
    open: (election) => operations.open({ election, many: true }),
    inspect: (raw) => operations.inspect({ raw }),
    members: (elements) => operations.members({ elements }),
    width: 1,
  };
  const { election, trustees, ...report } = await verify(sourceOf(new Blob([bytes])), crew, { expectHead });
  return { ...report, uuid: election.uuid, fingerprint: election.fingerprint };
}

async function onlyGrew(earlier, later) {
  const [verify, { sourceOf }] = await Promise.all(["verify.js", "bel.js"].map((m) => import(new URL(m, modules))));
  await verify.onlyGrew(sourceOf(new Blob([earlier])), sourceOf(new Blob([later])));
  return verifyArchive(later);
}

const own = { verifyArchive, onlyGrew };

/** Answers {module, name, args} with {value} or {error}. */
export async function answer(line) {
  try {
    const { module, name, args } = JSON.parse(line, unpack);
    const from = module ? await import(new URL(module, modules)) : own;
    const call = name.split(".").reduce((o, k) => o[k], from);
    return JSON.stringify({ value: (await call(...args)) ?? null }, pack);
  } catch (error) {
    const { code, field, about, record, height, message } = error;
    return JSON.stringify({ error: { code: code ?? "", field, about, record, height, message } }, pack);
  }
}
