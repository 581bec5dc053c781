/** Runs in a worker of the page. */
import { verifyProofDocument } from '/verifier.js';

globalThis.onmessage = async ({ data: { documents, trustRoot } }) => {
  const reports = [];
  for (const document of documents) {
    const { content: _content, ...report } = await verifyProofDocument(document, trustRoot);
    reports.push({ verified: true, ...report });
  }
  globalThis.postMessage(reports);
};
