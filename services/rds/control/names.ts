/** Names, ARNs and random ids of resources. */

import type { Scope } from '../model/control-tables.ts';
import { invalidValue } from './errors.ts';
import { controlLimits } from './limits.ts';

export const resourceKinds = [
  'db',
  'cluster',
  'snapshot',
  'cluster-snapshot',
  'pg',
  'cluster-pg',
  'subgrp',
  'og',
] as const;
export type ResourceKind = (typeof resourceKinds)[number];

export function arnOf(scope: Scope, kind: ResourceKind, name: string): string {
  return `arn:aws:rds:${scope.region}:${scope.account}:${kind}:${name}`;
}

export interface RdsArn extends Scope {
  readonly kind: ResourceKind;
  readonly name: string;
}

const arn = /^arn:aws[a-z-]*:rds:([a-z0-9-]{1,64}):(\d{12}):([a-z-]{1,32}):(.{1,255})$/;

export function parseArn(text: string): RdsArn | undefined {
  const [, region, account, kind, name] = arn.exec(text) ?? [];
  const known = resourceKinds.find((one) => one === kind);
  if (known === undefined) return undefined;
  return { region: region!, account: account!, kind: known, name: name!.toLowerCase() };
}

const identifier = /^[A-Za-z](?:-?[A-Za-z0-9])*$/;

/** Lower case, as RDS keeps it. @throws AwsError */
export function identifierOf(
  value: string,
  parameter: string,
  charsMax: number = controlLimits.identifierCharsMax,
): string {
  if (value.length > charsMax || !identifier.test(value)) {
    throw invalidValue(
      `The parameter ${parameter} is not a valid identifier. Identifiers must begin with a letter; must contain only ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two consecutive hyphens.`,
    );
  }
  return value.toLowerCase();
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** `db-` and 26 capital letters and digits. */
export function resourceId(prefix: 'db' | 'cluster', random: { bytes(length: number): Uint8Array }): string {
  return `${prefix}-${[...random.bytes(26)].map((byte) => alphabet[byte % alphabet.length]).join('')}`;
}

export const availabilityZones = (region: string): readonly string[] =>
  ['a', 'b', 'c'].map((zone) => `${region}${zone}`);
