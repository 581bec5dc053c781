/** Engines, versions and classes on offer. The versions are those of the PostgreSQL programs that the gateway runs. */
import { type EngineMajor, engineMajors } from '../engine/api.ts';
import { invalidCombination, invalidValue } from './errors.ts';

export const engineNames = ['postgres', 'aurora-postgresql'] as const;
export type EngineName = (typeof engineNames)[number];

export const engineVersions: Readonly<Record<EngineMajor, string>> = {
  15: '15.18',
  16: '16.14',
  17: '17.10',
  18: '18.4',
};

/** What an instance gets that names no version. */
export const defaultMajor: EngineMajor = 15;

export interface EngineVersion {
  readonly engine: EngineName;
  readonly major: EngineMajor;
  readonly version: string;
}

export const allVersions: readonly EngineVersion[] = engineNames.flatMap((engine) =>
  engineMajors.map((major) => ({ engine, major, version: engineVersions[major] })),
);

export const familyOf = (engine: string, major: EngineMajor): string => `${engine}${major}`;

/** @throws AwsError */
export function engineOf(name: string): EngineName {
  const engine = engineNames.find((one) => one === name);
  if (engine === undefined) throw invalidValue(`Invalid DB engine: ${name}`);
  return engine;
}

/** A whole version, or a major one for its newest. @throws AwsError */
export function versionOf(engine: EngineName, asked: string | undefined): EngineVersion {
  const found = allVersions.find(
    (one) =>
      one.engine === engine &&
      (asked === undefined
        ? one.major === defaultMajor
        : asked === one.version || asked === String(one.major)),
  );
  if (found === undefined) throw invalidCombination(`Cannot find version ${asked} for ${engine}`);
  return found;
}

/** Offered by DescribeOrderableDBInstanceOptions; other classes of RDS are taken as well, as all run on the same machine. */
export const instanceClasses = [
  'db.t3.micro',
  'db.t3.small',
  'db.t3.medium',
  'db.t4g.micro',
  'db.t4g.small',
  'db.t4g.medium',
  'db.t4g.large',
  'db.m5.large',
  'db.m6g.large',
  'db.m6g.xlarge',
  'db.m7g.large',
  'db.r6g.large',
  'db.r6g.xlarge',
  'db.r7g.large',
] as const;
