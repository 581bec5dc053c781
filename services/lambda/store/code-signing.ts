/** Code signing configurations, and the check of code against them. */
import {
  type Condition,
  type DomainWrite,
  jsonFormat,
  type StoredRecord,
  type TableDefinition,
} from '@hypergate/table';
import { z } from 'zod';
import { requireSigned } from '../engine/code-signing.ts';
import { lambdaError } from '../engine/errors.ts';
import { type Scope, scopePartition } from '../model/tables.ts';
import type { LambdaBase } from './context.ts';

const codeSigningRow = z.strictObject({
  account: z.string(),
  region: z.string(),
  /** `csc-` and 17 hexadecimal digits. */
  id: z.string(),
  description: z.string(),
  publishers: z.array(z.string()),
  untrusted: z.enum(['Warn', 'Enforce']),
  modifiedMs: z.number(),
  tags: z.record(z.string(), z.string()),
  /** Functions that came to it: each one writes the record, so that it is not deleted meanwhile. */
  attached: z.number().int(),
});
export type CodeSigningRow = z.output<typeof codeSigningRow>;

export const codeSigningTable: TableDefinition<CodeSigningRow> = {
  name: 'lambda.code-signing',
  description: 'Code signing configurations',
  formats: [jsonFormat(codeSigningRow)],
  index: () => Buffer.alloc(0),
};

export const codeSigningKey = (scope: Scope, id: string) => ({
  partition: scopePartition(scope),
  sort: Buffer.from(id),
});

export const codeSigningArn = ({ account, region, id }: Scope & Pick<CodeSigningRow, 'id'>): string =>
  `arn:aws:lambda:${region}:${account}:code-signing-config:${id}`;

const form = /^arn:aws:lambda:([a-z0-9-]+):(\d{12}):code-signing-config:(csc-[a-z0-9]{17})$/;

/** @returns undefined for what is not there, is not of this account and region, or is no ARN of one */
export async function findCodeSigning(
  base: LambdaBase,
  scope: Scope,
  arn: string,
): Promise<StoredRecord<CodeSigningRow> | undefined> {
  const [, region, account, id] = form.exec(arn) ?? [];
  if (id === undefined || region !== scope.region || account !== scope.account) return undefined;
  return base.domain.get(codeSigningTable, codeSigningKey(scope, id));
}

export function putCodeSigning(base: LambdaBase, row: CodeSigningRow, condition: Condition): DomainWrite {
  const key = codeSigningKey(row, row.id);
  return { kind: 'put', domain: base.domain, table: codeSigningTable, key, row, condition };
}

/**
 * For the transaction that gives a function a configuration, when it is made or later.
 * @throws AwsError CodeSigningConfigNotFoundException
 */
export async function attachCodeSigning(base: LambdaBase, scope: Scope, arn: string): Promise<DomainWrite> {
  const { row, revision } = await requireCodeSigning(base, scope, arn);
  return putCodeSigning(base, { ...row, attached: row.attached + 1 }, { revision });
}

/**
 * Before code reaches a function.
 * @param arn the function's configuration, if it has one
 * @param signer of the package; undefined: nobody signed it
 * @throws AwsError CodeVerificationFailedException, CodeSigningConfigNotFoundException
 */
export async function requireTrustedCode(
  base: LambdaBase,
  scope: Scope,
  arn: string | undefined,
  signer: string | undefined,
): Promise<void> {
  if (arn === undefined) return;
  requireSigned((await requireCodeSigning(base, scope, arn)).row, signer);
}

async function requireCodeSigning(base: LambdaBase, scope: Scope, arn: string) {
  const found = await findCodeSigning(base, scope, arn);
  if (found === undefined)
    throw lambdaError(
      'CodeSigningConfigNotFoundException',
      `The code signing configuration cannot be found. Check that the provided configuration is not deleted: ${arn.slice(0, 200)}.`,
    );
  return found;
}

/** In the order of ids. */
export async function* codeSigningsOf(
  base: LambdaBase,
  scope: Scope,
  after?: string,
): AsyncGenerator<readonly [id: string, row: CodeSigningRow]> {
  const partition = scopePartition(scope);
  const options = after === undefined ? {} : { gt: Buffer.from(after) };
  const cursor = base.domain.cursor(codeSigningTable, partition, options);
  for (let entry = await cursor.next(); entry !== undefined; entry = await cursor.next()) {
    const found = await base.domain.get(codeSigningTable, { partition, sort: entry.sort });
    if (found !== undefined) yield [found.row.id, found.row];
  }
}
