/**
 * Where the holder of a link gets the zip file of a function or a layer (`Code.Location`): on a path of its own of the AWS port, which
 * unlike a host below `localhost` every client reaches, for ten minutes. What a link is good for stands in it, under a MAC with a key of this process.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { AwsError, type AwsServiceDefinition, type Reply, type ServiceSchemas } from '@hypergate/kit';
import type { PackageRef } from '../model/function-rows.ts';
import type { Packages } from '../packages/api.ts';
import type { LambdaBase } from '../store/context.ts';

const validMs = 10 * 60_000;
const linkCharsMax = 2048;

/** No bucket can have this name. */
const prefix = '/_hypergate/lambda-code';

const schemas: ServiceSchemas = {
  service: 'lambda-code',
  sdkVersion: '0',
  operations: {
    DownloadCode: { method: 'ANY', uri: '/', status: 200, input: 'Unit', output: 'Unit', errors: [] },
  },
  shapes: { Unit: { type: 'structure', members: {} } },
};

interface Link {
  readonly ref: PackageRef;
  readonly untilMs: number;
}

export class CodeLinks {
  readonly #clock: LambdaBase['clock'];
  readonly #key: Uint8Array;

  constructor({ clock, random }: Pick<LambdaBase, 'clock' | 'random'>) {
    this.#clock = clock;
    this.#key = random.bytes(32);
  }

  /** Path and query of a link. */
  pathOf(ref: PackageRef): string {
    const link: Link = { ref, untilMs: this.#clock.now() + validMs };
    const text = Buffer.from(JSON.stringify(link)).toString('base64url');
    return `${prefix}/${text}.${this.#mac(text)}`;
  }

  /** @returns undefined for what was not made here, and for what is over */
  read(path: string): PackageRef | undefined {
    if (path.length > linkCharsMax) return undefined;
    const [, text = '', mac = ''] = /^\/([\w-]+)\.([\w-]{43})$/.exec(path.slice(prefix.length)) ?? [];
    if (mac === '') return undefined;
    // As texts: the last character of 43 has two bits that are no part of the bytes.
    if (!timingSafeEqual(Buffer.from(mac), Buffer.from(this.#mac(text)))) return undefined;
    const { ref, untilMs } = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as Link;
    return this.#clock.now() < untilMs ? ref : undefined;
  }

  #mac(text: string): string {
    return createHmac('sha256', this.#key).update(text).digest('base64url');
  }
}

export type WithCode = <Result>(
  work: (code: { readonly links: CodeLinks; readonly packages: Packages }) => Promise<Result>,
) => Promise<Result>;

/** Everybody who has a link may: it says so itself. */
export function codeDefinition(rootAccountId: string, run: WithCode): AwsServiceDefinition {
  return {
    signingName: 'lambda-code',
    protocol: 'restJson1',
    requestIds: 'uuid',
    schemas,
    hosts: { matches: (_, path) => path.startsWith(`${prefix}/`), operation: 'DownloadCode' },
    discriminators: { DownloadCode: 'unrouted' },
    operations: [
      {
        name: 'DownloadCode',
        action: 'lambda:GetFunction',
        access: 'anonymous',
        resources: () => [
          {
            arn: 'arn:aws:lambda:::code',
            ownerAccountId: rootAccountId,
            policy: {
              Version: '2012-10-17',
              Statement: [{ Effect: 'Allow', Principal: '*', Action: 'lambda:GetFunction', Resource: '*' }],
            },
          },
        ],
        handle: (call) =>
          run(async ({ links, packages }): Promise<Reply<object>> => {
            const ref = links.read(call.rawUrl.split('?')[0]!);
            if (ref === undefined || !['GET', 'HEAD'].includes(call.method))
              throw new AwsError('AccessDeniedException', 403, 'The link is not valid, or not any more.');
            return {
              output: {},
              headers: { 'content-type': 'application/zip' },
              stream: { body: packages.read(ref, call.signal), contentLength: ref.size },
            };
          }),
      },
    ],
  };
}
