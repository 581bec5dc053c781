/** The AWS port of the kit on its addresses, with the accounts and services of this gateway behind it. */
import type { Socket } from 'node:net';
import {
  type Account,
  awsDefinitions,
  type Clock,
  createAwsPort,
  type RandomSource,
  rootPrincipal,
  type Service,
  StaticCredentialStore,
} from '@hypergate/kit';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { openPort } from '../listeners/ports.ts';
import type { TlsCertificate } from '../tls/certificate.ts';
import type { SystemRoute } from './system-routes.ts';

export interface AwsPortSettings {
  readonly host: string;
  readonly port: number;
  readonly tls: TlsCertificate | undefined;
  readonly s3Domains: readonly string[];
  readonly region: string;
  /** Requests without a signature count as the root account. */
  readonly allowUnsigned: boolean;
  readonly routes: readonly SystemRoute[];
  /** Of every answer. */
  readonly responseHeaders: () => Readonly<Record<string, string>>;
}

export interface AwsPortParts {
  readonly services: readonly Service[];
  readonly accounts: readonly [Account, ...Account[]];
  readonly logger: Logger;
  readonly metrics: Registry;
  readonly clock: Clock;
  readonly random: RandomSource;
}

export interface OpenedAwsPort {
  readonly port: number;
  /** A connection that came through another socket; never under TLS. */
  accept(socket: Socket): void;
  /** Accepts nothing new; what is under way ends, or is cut by the signal. */
  drain(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** @throws StartError when the port is busy */
export async function openAwsPort(settings: AwsPortSettings, parts: AwsPortParts): Promise<OpenedAwsPort> {
  const { services, accounts, ...modules } = parts;
  const { tls } = settings;
  const awsPort = await createAwsPort(
    {
      definitions: services.flatMap(awsDefinitions),
      s3Domains: settings.s3Domains,
      region: settings.region,
      systemRoutes: settings.routes,
      responseHeaders: settings.responseHeaders,
      // Health checks and tools that know no certificate still reach the port: the first byte tells the protocol.
      tls: tls === undefined ? undefined : { cert: tls.cert, key: tls.key, allowPlain: true },
      unsignedPrincipal: settings.allowUnsigned ? rootPrincipal(accounts[0]) : undefined,
    },
    { ...modules, credentials: new StaticCredentialStore(accounts) },
  );
  const { host, port } = settings;
  try {
    const opened = await openPort(
      { name: 'the AWS protocols', flag: '--port', host, port, mayMove: false },
      () => awsPort.createServer(),
    );
    return {
      port: opened.port,
      accept: (socket) => awsPort.accept(socket),
      drain: (signal) => awsPort.drain(signal),
      close: () => awsPort.close(),
    };
  } catch (error) {
    await awsPort.close();
    throw error;
  }
}
