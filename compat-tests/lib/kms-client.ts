/** The SDK's client of KMS against a target, and what tests and tools do with it over and over. */
import {
  CreateKeyCommand,
  type CreateKeyCommandInput,
  type KeyMetadata,
  KMSClient,
  type KMSClientConfig,
  KMSServiceException,
} from '@aws-sdk/client-kms';
import type { Target } from './target.ts';

export function kmsClient(target: Target, config: KMSClientConfig = {}): KMSClient {
  return new KMSClient({
    endpoint: target.endpoint,
    region: target.identity.region,
    credentials: target.identity,
    maxAttempts: 1, // A retry would hide a failure that the test is about.
    ...config,
  });
}

export async function createKey(kms: KMSClient, input: CreateKeyCommandInput): Promise<KeyMetadata> {
  return (await kms.send(new CreateKeyCommand(input))).KeyMetadata!;
}

/** Name of the error that a call must end with. */
export async function refusalOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    if (error instanceof KMSServiceException) return error.name;
    throw error;
  }
  throw new Error('the call succeeded and should have been refused');
}

export const bytes = (value: Uint8Array | undefined): Buffer => {
  if (value === undefined) throw new Error('the answer lacks a byte string');
  return Buffer.from(value);
};
