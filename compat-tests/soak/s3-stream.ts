/**
 * One large object through the AWS SDK, in parts that are made while they are sent and never stand in a file: uploaded, read
 * back whole and in ranges, deleted. The server's memory must stay where it was, and the space must come back.
 */
import { createCipheriv, createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import {
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { adminUsage, collectNow, directoryBytes } from '../lib/admin.ts';
import { startGateway } from '../lib/gateway.ts';
import { readUsage, watchRss } from '../lib/process-usage.ts';
import { SeededRandom } from '../lib/random.ts';
import { s3Client } from '../lib/sdk.ts';
import type { Target } from '../lib/target.ts';

const partBytes = 32 * 1024 * 1024;
const uploadsAtOnce = 3;
const rangesRead = 40;
const rangeBytesMax = 48 * 1024 * 1024;
const growthBytesMax = 128 * 1024 * 1024;
/** What may stay: log segments, a file of the key-value store. */
const restBytesMax = 128 * 1024 * 1024;
const where = { Bucket: 'stream', Key: 'large' } as const;

export interface StreamOptions {
  readonly bytes: number;
  readonly seed: string;
  readonly report: (line: string) => void;
}

interface Phase {
  readonly seconds: number;
  readonly megabytesPerSecond: number;
  readonly serverCpuSeconds: number;
  readonly megabytesPerCpuSecond: number;
  /** Since the warm-up. */
  readonly rssGrowthBytes: number;
  readonly rssPeakBytes: number;
}

export interface StreamResult {
  readonly seed: string;
  readonly bytes: number;
  readonly parts: number;
  readonly upload: Phase;
  readonly readWhole: Phase;
  readonly readRanges: Phase;
  readonly storedBytes: number;
  readonly directoryBytesBefore: number;
  readonly directoryBytesFull: number;
  readonly directoryBytesAfter: number;
  readonly faults: readonly string[];
}

export async function streamLarge({ bytes, seed, report }: StreamOptions): Promise<StreamResult> {
  const target = await startGateway();
  const s3 = s3Client(target, {
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  const content = new Content(seed, bytes);
  const faults: string[] = [];
  try {
    await s3.send(new CreateBucketCommand({ Bucket: where.Bucket }));
    await warmUp(s3);
    await collectNow(target);
    const directoryBytesBefore = directoryBytes(target.dataDir);
    const { rssBytes } = readUsage(target.pid);
    const measure = async (name: string, moved: number, work: () => Promise<void>): Promise<Phase> => {
      const phase = await measured(target, rssBytes, moved, work);
      report(`${name}: ${JSON.stringify(phase)}`);
      if (phase.rssGrowthBytes > growthBytesMax)
        faults.push(`${name}: memory grew by ${phase.rssGrowthBytes}`);
      return phase;
    };
    const upload = await measure('upload', bytes, () => send(s3, content));
    const directoryBytesFull = directoryBytes(target.dataDir);
    const storedBytes = (await adminUsage(target)).buckets[0]?.storedBytes ?? 0;
    const readWhole = await measure('read whole', bytes, () => compare(s3, content, 0, bytes, faults));
    const ranges = pickRanges(seed, bytes);
    const ranged = ranges.reduce((sum, { length }) => sum + length, 0);
    const readRanges = await measure('read ranges', ranged, async () => {
      for (const { offset, length } of ranges) await compare(s3, content, offset, length, faults);
    });
    await s3.send(new DeleteObjectCommand(where));
    const directoryBytesAfter = await spaceBack(target, directoryBytesBefore, faults);
    return {
      seed,
      bytes,
      parts: content.parts,
      upload,
      readWhole,
      readRanges,
      storedBytes,
      directoryBytesBefore,
      directoryBytesFull,
      directoryBytesAfter,
      faults,
    };
  } finally {
    s3.destroy();
    await target.dispose();
  }
}

/** What the server loads once, and the buffers it keeps for as many senders, are not growth. */
async function warmUp(s3: S3Client): Promise<void> {
  for (let round = 0; round < 4; round += 1) {
    const keys = Array.from({ length: uploadsAtOnce }, (_unused, index) => ({
      ...where,
      Key: `warm ${index}`,
    }));
    await Promise.all(
      keys.map((key) => s3.send(new PutObjectCommand({ ...key, Body: Buffer.alloc(partBytes) }))),
    );
    for (const key of keys) {
      const { Body } = await s3.send(new GetObjectCommand(key));
      await Body?.transformToByteArray();
      await s3.send(new DeleteObjectCommand(key));
    }
  }
}

async function send(s3: S3Client, content: Content): Promise<void> {
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand(where));
  const done: CompletedPart[] = [];
  let next = 0;
  const sender = async (): Promise<void> => {
    while (next < content.parts) {
      const index = next++;
      const number = { UploadId, PartNumber: index + 1 };
      const Body = content.part(index);
      const { ETag } = await s3.send(new UploadPartCommand({ ...where, ...number, Body }));
      done[index] = { PartNumber: index + 1, ETag: ETag as string };
    }
  };
  await Promise.all(Array.from({ length: uploadsAtOnce }, sender));
  await s3.send(new CompleteMultipartUploadCommand({ ...where, UploadId, MultipartUpload: { Parts: done } }));
}

async function compare(
  s3: S3Client,
  content: Content,
  offset: number,
  length: number,
  faults: string[],
): Promise<void> {
  const end = offset + length;
  const isWhole = offset === 0 && length === content.bytes;
  const Range = isWhole ? undefined : `bytes=${offset}-${end - 1}`;
  const got = await s3.send(new GetObjectCommand({ ...where, Range }));
  const range = isWhole ? undefined : `bytes ${offset}-${end - 1}/${content.bytes}`;
  if (got.ContentLength !== length || got.ContentRange !== range)
    faults.push(`${Range}: ${got.ContentLength} ${got.ContentRange}`);
  let at = offset;
  for await (const piece of got.Body as Readable) {
    if (!content.at(at, piece.length).equals(piece as Buffer)) {
      faults.push(`other bytes between ${at} and ${at + piece.length}`);
      return;
    }
    at += piece.length;
  }
  if (at !== end) faults.push(`${Range} ended at ${at}`);
}

async function measured(
  target: Target,
  rssBytesBefore: number,
  moved: number,
  work: () => Promise<void>,
): Promise<Phase> {
  const watch = watchRss(target.pid);
  const cpu = readUsage(target.pid).cpuSeconds;
  const begun = performance.now();
  await work();
  const seconds = (performance.now() - begun) / 1000;
  const serverCpuSeconds = readUsage(target.pid).cpuSeconds - cpu;
  const { peakBytes } = watch.stop();
  const round = (value: number): number => Math.round(value * 100) / 100;
  return {
    seconds: round(seconds),
    megabytesPerSecond: round(moved / 1e6 / seconds),
    serverCpuSeconds: round(serverCpuSeconds),
    megabytesPerCpuSecond: round(moved / 1e6 / serverCpuSeconds),
    rssGrowthBytes: peakBytes - rssBytesBefore,
    rssPeakBytes: peakBytes,
  };
}

function pickRanges(seed: string, bytes: number): { readonly offset: number; readonly length: number }[] {
  const random = new SeededRandom(`ranges ${seed}`);
  return Array.from({ length: rangesRead }, () => {
    const length = random.logBetween(1, Math.min(rangeBytesMax, bytes));
    return { offset: random.between(0, bytes - length), length };
  });
}

/** The parts go behind the answer to the deletion. */
async function spaceBack(target: Target, before: number, faults: string[]): Promise<number> {
  const deadline = performance.now() + 120_000;
  for (;;) {
    await collectNow(target);
    const bytes = directoryBytes(target.dataDir);
    if (bytes <= before + restBytesMax) return bytes;
    if (performance.now() > deadline) {
      faults.push(`the directory keeps ${bytes} bytes after the deletion and had ${before} before`);
      return bytes;
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** A key stream of AES-256-CTR: any stretch of it can be made by itself. */
class Content {
  readonly bytes: number;
  readonly #key: Buffer;
  readonly #zeros = Buffer.alloc(partBytes);

  constructor(seed: string, bytes: number) {
    this.bytes = bytes;
    this.#key = createHash('sha256').update(`stream ${seed}`).digest();
  }

  get parts(): number {
    return Math.ceil(this.bytes / partBytes);
  }

  part(index: number): Buffer {
    const offset = index * partBytes;
    return this.at(offset, Math.min(partBytes, this.bytes - offset));
  }

  at(offset: number, length: number): Buffer {
    const skip = offset % 16;
    const counter = Buffer.alloc(16);
    counter.writeBigUInt64BE(BigInt((offset - skip) / 16), 8);
    const cipher = createCipheriv('aes-256-ctr', this.#key, counter);
    cipher.update(this.#zeros.subarray(0, skip));
    return cipher.update(this.#zeros.subarray(0, length));
  }
}
