/** What checking evidence costs a custodian: `node node/jobs/threshold/custodian/bench/evidence.ts`. */
import { mainLog, type RecordEvidence } from '../../../../api/index.ts';
import { decodeCallEvidence, encodeCallEvidence } from '../../format/call-evidence.ts';
import { EvidenceVerifier } from '../evidence.ts';
import { certify, domain, nodeKey, sealed, transactionWith } from '../test/support/certified.ts';

const verifier = new EvidenceVerifier({
  log: mainLog,
  nodeKeys: [nodeKey.publicKey],
  signersMin: 1,
  domains: [domain],
});

/** The last of so many transactions with a record of so many bytes each. */
function evidenceIn(transactions: number, rowBytes: number): RecordEvidence {
  const records = Array.from({ length: transactions }, () => sealed('x'.repeat(rowBytes)));
  const { secret } = records.at(-1)!;
  const place = { transaction: transactions - 1, operation: 0, secret };
  return { ...certify(records.map(({ operation }) => transactionWith([operation]))), ...place };
}

function measure(name: string, rounds: number, work: () => void): void {
  for (let round = 0; round < rounds / 5; round += 1) work();
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const start = performance.now();
    work();
    times.push(performance.now() - start);
  }
  times.sort((left, right) => left - right);
  process.stdout.write(`${name}: median ${times[rounds >> 1]!.toFixed(3)} ms\n`);
}

const call = Buffer.alloc(1500);
for (const [transactions, rowBytes, rounds] of [
  [1, 400, 1000],
  [32, 400, 500],
  [1000, 400, 100],
  [4, 900_000, 20],
] as const) {
  const evidence = { record: evidenceIn(transactions, rowBytes), call };
  const bytes = encodeCallEvidence(evidence);
  const name = `${transactions} transactions of ${rowBytes} bytes`;
  measure(`verify, ${name}`, rounds, () => verifier.verify(evidence));
  measure(`decode, ${name} (${bytes.length} bytes)`, rounds, () => decodeCallEvidence(bytes));
}
