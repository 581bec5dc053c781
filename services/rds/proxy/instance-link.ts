/** One instance as the proxy sees it: its route, its administrator's connection, and who is connected. */
import { Admin } from './admin.ts';
import type { Route } from './channel.ts';

/** A client that was let in. */
export interface Guest {
  /** Tells it why, if it can be told, and closes it. */
  cut(reason: string): void;
}

export class InstanceLink {
  route: Route;
  readonly admin: Admin;
  readonly guests = new Set<Guest>();
  /** Something passed since it was last reported. */
  isActive = true;
  /** As last reported. */
  reported = -1;
  isClosed = false;

  constructor(route: Route) {
    this.route = route;
    this.admin = new Admin(route);
  }

  /** Whether what connections hang on is the same. */
  isSameEngine(route: Route): boolean {
    const { socketDir, port, adminPassword } = this.route;
    return socketDir === route.socketDir && port === route.port && adminPassword === route.adminPassword;
  }

  get socketPath(): string {
    return `${this.route.socketDir}/.s.PGSQL.${this.route.port}`;
  }

  close(reason: string): void {
    this.isClosed = true;
    for (const guest of [...this.guests]) guest.cut(reason);
    this.admin.close();
  }
}
