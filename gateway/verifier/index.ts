/**
 * Checks proof documents (`hypergate prove`) against a trust root (`hypergate trust-root`): no node, no database, no network.
 * Runs in browsers, in their workers and in Node.js; `npm run build:verifier` makes one file of it that imports nothing.
 *
 *   const checked = await verifyProofDocument(text, trustRoot);      // throws ProofRefused with the reason
 *   checked.statement; checked.facts; checked.frame.number;
 *   await compareFile(checked.content, file);                        // is this file exactly the object?
 *
 * A check keeps the thread busy for some tenths of a second: pages do it in a worker. A page whose content security policy
 * names script sources has to allow `'wasm-unsafe-eval'`, since the curve is WebAssembly. Texts of a report come from whoever
 * made the proof: show them as text, never as markup.
 */
export { createVerifier, ProofRefused, type Verifier } from '@hypergate/node/verifier';
export * from './check-document.ts';
export * from './compare-file.ts';
export type { ProofReader } from './proof-reader.ts';
export * from './report.ts';
export * from './trust-root.ts';
export * from './verify-proof-document.ts';
