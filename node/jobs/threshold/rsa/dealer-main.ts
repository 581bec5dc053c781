/**
 * The dealer: a process for one key. Reads a request from standard input, makes (or reads) the key, writes what is common and
 * the shares, sealed to each custodian, to standard output, and ends; with it goes the memory in which the key was whole.
 *
 * Answer: 0 ‖ dealing, or 1 ‖ what is wrong with the material.
 */
import { createPooledRandom } from '../../../crypto/random.ts';
import { deal, decodeDealRequest, encodeDealing } from './dealing.ts';
import { rsaLimits } from './limits.ts';

const requestBytesMax = 2 * rsaLimits.materialBytesMax;

async function readRequest(): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of process.stdin) {
    parts.push(part);
    length += part.length;
    if (length > requestBytesMax) throw new RangeError('the request is too long');
  }
  const all = Buffer.concat(parts);
  for (const part of parts) part.fill(0);
  return all;
}

function answer(request: Buffer): Buffer {
  try {
    return Buffer.concat([
      Buffer.of(0),
      encodeDealing(deal(decodeDealRequest(request), createPooledRandom())),
    ]);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return Buffer.concat([Buffer.of(1), Buffer.from(error.message)]);
  } finally {
    request.fill(0);
  }
}

process.stdout.end(answer(await readRequest()));
