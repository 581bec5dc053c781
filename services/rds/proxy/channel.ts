/** What the gateway's process and the proxy's say to each other, over the channel that Node keeps between them. */
import type { InstanceId } from '../instance/api.ts';
import type { Lsn } from '../model/lsn.ts';

/** How the engine of an instance is reached. */
export interface Route {
  readonly instance: InstanceId;
  /** Version of PostgreSQL: 15. */
  readonly major: number;
  readonly socketDir: string;
  readonly port: number;
  /** Of `rdsadmin`. */
  readonly adminPassword: string;
  /** Of clients. Those the gateway makes itself are not among them. */
  readonly connectionsMax: number;
  /** Members of `rds_iam` log in with a token instead of a password. */
  readonly iam: boolean;
}

export interface ProxyOptions {
  readonly tls: { readonly cert: string; readonly key: string };
  /** What users who do not exist are asked follows from it: the same after a restart. */
  readonly secret: Uint8Array;
  /** Whom the process becomes once it runs, if it was started by root. */
  readonly identity?: { readonly uid: number; readonly gid: number } | undefined;
}

/** What a login showed besides its token. */
export interface TokenUse {
  readonly instance: InstanceId;
  readonly user: string;
  readonly token: string;
  /** As the client named it in its TLS handshake. */
  readonly serverName: string | undefined;
  /** Of the listener. */
  readonly port: number | undefined;
}

export type Question =
  | { readonly kind: 'wake'; readonly instance: InstanceId }
  | { readonly kind: 'find'; readonly serverName: string | undefined }
  | { readonly kind: 'certified'; readonly instance: InstanceId; readonly lsn: Lsn }
  | { readonly kind: 'token'; readonly use: TokenUse };

export type ToProxy =
  | { readonly kind: 'options'; readonly options: ProxyOptions }
  | { readonly kind: 'route'; readonly route: Route }
  | { readonly kind: 'unroute'; readonly instance: InstanceId; readonly reason: string }
  /** Comes with a handle. */
  | { readonly kind: 'socket'; readonly number: number; readonly instance: InstanceId | undefined }
  | { readonly kind: 'answer'; readonly number: number; readonly value: unknown }
  | { readonly kind: 'refusal'; readonly number: number; readonly reason: string }
  | { readonly kind: 'close' };

export type FromProxy =
  | { readonly kind: 'ready' }
  | { readonly kind: 'arrived'; readonly number: number }
  | { readonly kind: 'question'; readonly number: number; readonly question: Question }
  | {
      readonly kind: 'usage';
      readonly instance: InstanceId;
      readonly connections: number;
      /** Milliseconds since 1970. */
      readonly activeMs: number;
    }
  | { readonly kind: 'log'; readonly text: string };
