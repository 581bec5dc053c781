/**
 * Key pairs that KMS makes and gives away (GenerateDataKeyPair): by node:crypto, on the threads of its pool, never on the event loop.
 * They are no KMS keys; like AWS's they are whole from the beginning.
 */
import { type ECKeyPairKeyObjectOptions, generateKeyPair } from 'node:crypto';
import { unsupported } from '../engine/errors.ts';
import { gatewayLimits } from '../limits.ts';

const encodings = {
  publicKeyEncoding: { type: 'spki', format: 'der' },
  privateKeyEncoding: { type: 'pkcs8', format: 'der' },
} as const;

const namedCurves: Readonly<Record<string, ECKeyPairKeyObjectOptions['namedCurve']>> = {
  ECC_NIST_P256: 'prime256v1',
  ECC_NIST_P384: 'secp384r1',
  ECC_NIST_P521: 'secp521r1',
  ECC_SECG_P256K1: 'secp256k1',
};

const modulusLengths: Readonly<Record<string, number>> = { RSA_2048: 2048, RSA_3072: 3072, RSA_4096: 4096 };

export interface DataKeyPair {
  /** SubjectPublicKeyInfo in DER. */
  readonly publicKey: Buffer;
  /** PKCS #8 in DER; whoever takes it overwrites it. */
  readonly privateKey: Buffer;
}

/** @throws KmsError UnsupportedOperationException */
export async function makeDataKeyPair(spec: string): Promise<DataKeyPair> {
  const modulusLength = modulusLengths[spec];
  if (modulusLength !== undefined) return makeRsaKeyPair(modulusLength);
  if (spec === 'ECC_NIST_EDWARDS25519') return made((done) => generateKeyPair('ed25519', encodings, done));
  const namedCurve = namedCurves[spec];
  if (namedCurve === undefined) throw unsupported(`KeyPairSpec ${spec} is not supported in this region.`);
  return made((done) => generateKeyPair('ec', { namedCurve, ...encodings }, done));
}

export async function makeRsaKeyPair(modulusLength: number): Promise<DataKeyPair> {
  const options = { modulusLength, publicExponent: 65_537, ...encodings };
  await turn();
  try {
    return await made((done) => generateKeyPair('rsa', options, done));
  } finally {
    const next = waiting.shift();
    if (next === undefined) underWay -= 1;
    else next();
  }
}

let underWay = 0;
/** As many as the port takes calls. */
const waiting: (() => void)[] = [];

async function turn(): Promise<void> {
  if (underWay < gatewayLimits.keyPairsAtOnce) underWay += 1;
  // Whoever ends hands its turn over.
  else await new Promise<void>((resolve) => waiting.push(resolve));
}

type Done = (error: Error | null, publicKey: Buffer, privateKey: Buffer) => void;

/** `promisify` has types for key objects alone. */
function made(generate: (done: Done) => void): Promise<DataKeyPair> {
  const { promise, resolve, reject } = Promise.withResolvers<DataKeyPair>();
  generate((error, publicKey, privateKey) => {
    if (error === null) resolve({ publicKey, privateKey });
    else reject(error);
  });
  return promise;
}
