/** How a client of one connection gets in: STARTUP says how the two speak, AUTH_RESPONSE who the client is. */
import { authenticatorClass } from '../auth/login.ts';
import type { Session } from '../session/executor.ts';
import {
  type AuthResponseRequest,
  type Frame,
  type FrameReader,
  type StartupRequest,
  writeAuthenticate,
  writeAuthSuccess,
  writeError,
} from '../wire/index.ts';
import { clientError } from './failures.ts';
import { readStartup, type Stage, type Started } from './handshake.ts';
import type { Line } from './line.ts';

export class Entrance {
  private readonly line: Line;
  private readonly reader: FrameReader;
  private readonly admitted: () => void;
  private reached: Stage = 'new';
  private known: Started | undefined;
  private entered: Session | undefined;
  private isChecking = false;

  /** @param admitted the client has logged in */
  constructor(line: Line, reader: FrameReader, admitted: () => void) {
    this.line = line;
    this.reader = reader;
    this.admitted = admitted;
  }

  get stage(): Stage {
    return this.reached;
  }

  get started(): Started | undefined {
    return this.known;
  }

  /** Since the client has logged in. */
  get session(): Session | undefined {
    return this.entered;
  }

  /** A login is being checked: what follows waits for it. */
  get isBusy(): boolean {
    return this.isChecking;
  }

  /** @throws CqlError `protocol` */
  start(frame: Frame, request: StartupRequest): void {
    const { line, reader } = this;
    const started = readStartup(request, frame);
    this.known = started;
    this.reached = 'authenticating';
    line.push(writeAuthenticate(line.out, { stream: frame.stream }, authenticatorClass));
    reader.start(frame.version, started.compression);
    line.out.startFraming(started.compression);
  }

  logIn({ stream }: Frame, { token }: AuthResponseRequest): void {
    const { line } = this;
    const { host, out } = line;
    this.isChecking = true;
    // A copy: the chunk that the token is in is given back.
    host.login.logIn(token && Buffer.from(token), line.address).then(
      (role) => {
        this.isChecking = false;
        if (line.isEnding) return;
        this.entered = { role, keyspace: undefined };
        this.reached = 'ready';
        this.reader.admit();
        this.admitted();
        line.push(writeAuthSuccess(out, { stream }, undefined));
        line.goOn();
      },
      (error: unknown) => {
        this.isChecking = false;
        line.end(writeError(out, { stream }, clientError(error, host.logUnexpected)));
      },
    );
  }
}
