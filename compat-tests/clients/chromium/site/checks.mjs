/** Runs in a page of the browser: each function gives plain values. */
const begin = performance.now();
const { compareFile, ProofRefused, verifyProofDocument } = await import('/verifier.js');
const loadMs = performance.now() - begin;

export const hasWebCrypto = () => globalThis.crypto.subtle !== undefined;

/** @param {string | Uint8Array} document as its file has it */
async function outcome(document, trustRoot) {
  try {
    const { content: _content, ...report } = await verifyProofDocument(document, trustRoot);
    return { verified: true, ...report };
  } catch (error) {
    if (!(error instanceof ProofRefused)) throw error;
    return { verified: false, reason: error.message };
  }
}

/** Also how long the first check took with all that loading and compiling, and the later ones. */
export async function timed(documents, trustRoot) {
  const times = [];
  for (const document of documents) {
    const start = performance.now();
    const { verified, reason } = await outcome(document, trustRoot);
    if (!verified) throw new Error(reason);
    times.push(performance.now() - start);
  }
  return { loadMs, times };
}

export async function verify(documents, trustRoot) {
  const outcomes = [];
  for (const document of documents) outcomes.push(await outcome(document, trustRoot));
  return outcomes;
}

/** @param {[at: number, bit: number][]} flips of one bit each */
export async function verifyFlipped(document, trustRoot, flips) {
  const outcomes = [];
  for (const [at, bit] of flips) {
    const bytes = new TextEncoder().encode(document);
    bytes[at] ^= 1 << bit;
    outcomes.push(await outcome(bytes, trustRoot));
  }
  return outcomes;
}

export async function verifyInWorker(documents, trustRoot) {
  const worker = new Worker('/worker.mjs', { type: 'module' });
  try {
    return await new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = ({ message }) => reject(new Error(`worker: ${message}`));
      worker.postMessage({ documents, trustRoot });
    });
  } finally {
    worker.terminate();
  }
}

/** The file that was chosen. */
export async function compareChosen(document, trustRoot) {
  const { content } = await verifyProofDocument(document, trustRoot);
  const [file] = globalThis.document.querySelector('input').files;
  const start = performance.now();
  const verdict = await compareFile(content, file);
  return { name: file.name, verdict, ms: performance.now() - start };
}

/** What the site has under a path: its stream, and then as a blob. */
export async function compareFetched(document, trustRoot, path) {
  const { content } = await verifyProofDocument(document, trustRoot);
  const streamed = await compareFile(content, (await fetch(path)).body);
  const whole = await compareFile(content, await (await fetch(path)).blob());
  return [streamed, whole];
}
