/** Sizes of proofs, and what checking one costs: warm, and in a process that has compiled nothing. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { type FrameFigures, median, type ProofFigures } from '@hypergate/node/embedded/prover/bench';
import { createVerifier } from '@hypergate/node/verifier';
import { adminEndpoint } from '../../lib/admin.ts';
import { startGateway } from '../../lib/gateway.ts';
import { s3Client } from '../../lib/sdk.ts';
import { cleanEnvironment, type Target } from '../../lib/target.ts';
import { figure, type Row } from './rows.ts';
import type { ColdFigures } from './verify-child.ts';

const child = fileURLToPath(new URL('verify-child.ts', import.meta.url));

export async function proofRows(
  { records, proof }: FrameFigures,
  rounds: number,
): Promise<{ rows: Row[]; details: object }> {
  const cold = await coldFigures(proof.proof, proof, rounds);
  const coldDelayed = await coldFigures(proof.delayedProof, proof, rounds);
  const among = `in ${records.toLocaleString('en')} records`;
  const rows: Row[] = [
    {
      what: `path of a record proof ${among}`,
      value: proof.pathBytes / 1024,
      unit: 'KiB',
      reach: { atMost: 1.5 },
      note: `inclusion in adds, absence in removes; largest ${proof.pathBytesMax} B`,
    },
    {
      what: 'portable proof with header, without content',
      value: proof.portableBytesBare / 1024,
      unit: 'KiB',
      reach: { atMost: 4 },
    },
    { what: '  with a record of 1 KiB', value: proof.portableBytes / 1024, unit: 'KiB' },
    { what: '  with the delay output too', value: proof.delayedBytes / 1024, unit: 'KiB' },
    { what: 'making a proof', value: proof.makeMs, unit: 'ms' },
    { what: 'whole verification, warm', value: proof.verifyMs, unit: 'ms', reach: { atMost: 400 } },
    { what: '  with the delay output', value: proof.verifyDelayedMs, unit: 'ms', reach: { atMost: 400 } },
    {
      what: 'whole verification, fresh process',
      value: cold.sinceStartMs,
      unit: 'ms',
      reach: { atMost: 400 },
      note: coldNote(cold),
    },
    {
      what: '  with the delay output',
      value: coldDelayed.sinceStartMs,
      unit: 'ms',
      reach: { atMost: 400 },
      note: coldNote(coldDelayed),
    },
  ];
  return { rows, details: { cold, coldDelayed } };
}

function coldNote({ cpuMs, bareCpuMs }: ColdFigures): string {
  return `CPU of all threads ${figure(cpuMs, 'ms')}, ${figure(bareCpuMs, 'ms')} of it before the first byte is read`;
}

async function coldFigures(proof: string, { trustRoot }: ProofFigures, rounds: number): Promise<ColdFigures> {
  const all: ColdFigures[] = [];
  for (let round = 0; round < rounds; round += 1) all.push(await verifyOnce(proof, trustRoot));
  return {
    sinceStartMs: median(all.map(({ sinceStartMs }) => sinceStartMs)),
    cpuMs: median(all.map(({ cpuMs }) => cpuMs)),
    bareCpuMs: median(all.map(({ bareCpuMs }) => bareCpuMs)),
  };
}

function verifyOnce(proof: string, trustRoot: string): Promise<ColdFigures> {
  const process_ = spawn(process.execPath, [child, trustRoot], {
    env: cleanEnvironment({}),
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const pieces: Buffer[] = [];
  process_.stdout.on('data', (piece: Buffer) => pieces.push(piece));
  process_.stdin.end(proof);
  return new Promise((resolve, reject) => {
    process_.once('error', reject);
    process_.once('close', (code) => {
      if (code === 0) resolve(JSON.parse(Buffer.concat(pieces).toString()) as ColdFigures);
      else reject(new Error(`a proof was not verified: ${code}`));
    });
  });
}

/** The document of one object of 1 KiB from a gateway that holds nothing else. */
export async function documentRows({
  proof,
  records,
}: FrameFigures): Promise<{ rows: Row[]; details: object }> {
  const target = await startGateway({ env: { HYPERGATE_FRAME_INTERVAL: '1s' } });
  try {
    const s3 = s3Client(target);
    await s3.send(new CreateBucketCommand({ Bucket: 'bench' }));
    await s3.send(new PutObjectCommand({ Bucket: 'bench', Key: 'object', Body: Buffer.alloc(1024, 'x') }));
    s3.destroy();
    const documentOf = async (delay: boolean): Promise<string> => {
      const query = new URLSearchParams({ target: 's3://bench/object', ...(delay ? { delay: 'true' } : {}) });
      const answer = await fetch(`${adminEndpoint(target)}/proof?${query}`);
      if (!answer.ok) throw new Error(`no proof: ${answer.status} ${await answer.text()}`);
      return await answer.text();
    };
    const plain = await documentOf(false);
    const delayed = await documentOf(true);
    const bare = await bareBytes(plain, target);
    const large = plain.length + Math.ceil((4 * (proof.portableBytesBare - bare)) / 3);
    const rows: Row[] = [
      { what: 'document of an S3 object of 1 KiB, alone', value: plain.length / 1024, unit: 'KiB' },
      { what: '  with the delay output', value: delayed.length / 1024, unit: 'KiB' },
      {
        what: `  among ${records.toLocaleString('en')} records, computed`,
        value: large / 1024,
        unit: 'KiB',
        note: 'this document with the longer paths of the proof above',
      },
    ];
    return { rows, details: { documentBytes: plain.length, delayedBytes: delayed.length } };
  } finally {
    await target.dispose();
  }
}

/** Of the proof in a document, without the contents of its atoms. */
async function bareBytes(document: string, target: Target): Promise<number> {
  const proof = Buffer.from((JSON.parse(document) as { proof: string }).proof, 'base64url');
  const answer = await fetch(`${adminEndpoint(target)}/trust-root`);
  const { trustRoot } = (await answer.json()) as { trustRoot: string };
  const verifier = await createVerifier();
  const { items } = verifier.verify(Uint8Array.from(proof), Uint8Array.from(Buffer.from(trustRoot, 'hex')));
  return items.reduce((rest, item) => rest - ('content' in item ? item.content.length : 0), proof.length);
}
