/**
 * `Instances` in memory: every state of an instance and every refusal, without data. Work goes on behind until `settle`, unless it
 * is to be done at once.
 */
import type { Client } from 'pg';
import {
  type InstanceChange,
  InstanceRefusal,
  type InstanceSource,
  type InstanceSpec,
  type InstanceState,
  type InstanceStatus,
  type Instances,
  type SnapshotInfo,
} from '../../../instance/api.ts';

interface Model {
  spec: InstanceSpec;
  readonly source: InstanceSource;
  state: InstanceState;
  next: InstanceState | 'gone' | undefined;
  password: string | undefined;
  replicaOf: string | undefined;
  /** Parameters as the running server has them: those that need a reboot come with it. */
  boots: number;
  terms: number;
}

export interface ModelSnapshot extends SnapshotInfo {
  readonly password: string | undefined;
}

type Listener = Parameters<Instances['onState']>[0];

export class ModelInstances implements Instances {
  /** Survives a crash of the control plane. */
  readonly models = new Map<string, Model>();
  readonly snapshots = new Map<string, ModelSnapshot>();
  readonly calls: string[] = [];
  /** Work of the states is done at once. */
  isPrompt = true;
  /** Refuses the next call of this name. */
  refuses: { readonly call: string; readonly reason: InstanceRefusal['reason'] } | undefined;
  /** Snapshots wait for this. */
  snapshotGate: Promise<void> = Promise.resolve();
  /** Called before and after a call has its effect; what it throws the control plane dies of. */
  die: (call: string, point: 'before' | 'after') => void = () => undefined;
  nowMs = Date.UTC(2026, 0, 2);
  /** For the Data API: how a connection is made. */
  onConnect: ((login: { readonly user: string; readonly database: string }) => Promise<Client>) | undefined;
  #listeners: Listener[] = [];
  #ports = 15_432;

  /** A new process of the control plane over the same instances. */
  forgetListeners(): void {
    this.#listeners = [];
  }

  async create(spec: InstanceSpec, source: InstanceSource): Promise<void> {
    this.#enter('create', spec.id);
    if (this.models.has(spec.id))
      throw new InstanceRefusal('wrong-state', `There is an instance ${spec.id}.`);
    const isEmpty = source.kind === 'empty';
    if (isEmpty && spec.masterPassword === undefined) throw new Error('an empty instance needs a password');
    if (source.kind === 'snapshot' && !this.snapshots.has(source.snapshot))
      throw new InstanceRefusal('unknown', `There is no snapshot ${source.snapshot}.`);
    if (source.kind === 'replica') this.#of(source.of);
    this.models.set(spec.id, {
      spec: { ...spec, port: spec.port ?? this.#ports++ },
      source,
      state: isEmpty ? 'creating' : 'restoring',
      next: 'available',
      password: spec.masterPassword ?? this.#passwordOf(source),
      replicaOf: source.kind === 'replica' ? source.of : undefined,
      boots: 1,
      terms: 1,
    });
    this.#go(spec.id);
    this.die('create', 'after');
  }

  async modify(id: string, change: InstanceChange): Promise<void> {
    this.#enter('modify', id);
    const model = this.#of(id);
    const { masterPassword, restart, ...rest } = change;
    model.spec = { ...model.spec, ...rest };
    if (masterPassword !== undefined) model.password = masterPassword;
    if (restart === true) model.boots++;
    this.die('modify', 'after');
  }

  async start(id: string): Promise<void> {
    this.#enter('start', id);
    this.#move(id, ['stopped'], 'starting', 'available');
    this.#of(id).boots++;
    this.die('start', 'after');
  }

  async stop(id: string): Promise<void> {
    this.#enter('stop', id);
    this.#move(id, ['available'], 'stopping', 'stopped');
    this.die('stop', 'after');
  }

  async reboot(id: string, failover: boolean): Promise<void> {
    this.#enter('reboot', id);
    this.#move(id, ['available'], 'rebooting', 'available');
    this.#of(id).boots++;
    if (failover) this.#of(id).terms++;
    this.die('reboot', 'after');
  }

  async promote(id: string): Promise<void> {
    this.#enter('promote', id);
    const model = this.#of(id);
    if (model.replicaOf === undefined) throw new InstanceRefusal('wrong-state', 'It is no replica.');
    model.replicaOf = undefined;
    this.#move(id, ['available'], 'promoting', 'available');
    this.die('promote', 'after');
  }

  async delete(id: string): Promise<void> {
    this.#enter('delete', id);
    const model = this.#of(id);
    const before = model.state;
    model.state = 'deleting';
    model.next = 'gone';
    this.#tell(id, before);
    this.#go(id);
    this.die('delete', 'after');
  }

  async snapshot(id: string, snapshot: string): Promise<SnapshotInfo> {
    this.#enter('snapshot', snapshot);
    const model = this.#of(id);
    if (this.snapshots.has(snapshot)) throw new InstanceRefusal('wrong-state', 'There is such a snapshot.');
    await this.snapshotGate;
    const { major } = model.spec;
    const made = {
      id: snapshot,
      instance: id,
      major,
      engineVersion: '15.18',
      createdMs: this.nowMs,
      bytes: 8192,
    };
    this.snapshots.set(snapshot, { ...made, password: model.password });
    this.die('snapshot', 'after');
    return made;
  }

  async deleteSnapshot(snapshot: string): Promise<void> {
    this.#enter('deleteSnapshot', snapshot);
    if (!this.snapshots.delete(snapshot))
      throw new InstanceRefusal('unknown', `There is no snapshot ${snapshot}.`);
    this.die('deleteSnapshot', 'after');
  }

  status(id: string): InstanceStatus | undefined {
    const model = this.models.get(id);
    if (model === undefined) return undefined;
    const hasTimes = model.spec.retentionDays > 0;
    return {
      id,
      state: model.state,
      endpoint: { address: 'localhost', port: model.spec.port! },
      major: model.spec.major,
      engineVersion: '15.18',
      earliestRestorableMs: hasTimes ? this.nowMs - 3_600_000 : undefined,
      latestRestorableMs: hasTimes ? this.nowMs : undefined,
      ...(model.replicaOf === undefined ? {} : { replicaOf: model.replicaOf }),
    };
  }

  list(): readonly InstanceStatus[] {
    return [...this.models.keys()].map((id) => this.status(id)!);
  }

  onState(listener: Listener): void {
    this.#listeners.push(listener);
  }

  connect(_id: string, login: { readonly user: string; readonly database: string }): Promise<Client> {
    if (this.onConnect === undefined) throw new InstanceRefusal('not-ready', 'It has no server.');
    return this.onConnect(login);
  }

  async checkPassword(id: string, user: string, password: string): Promise<boolean> {
    const model = this.#of(id);
    return user === model.spec.masterUser && password === model.password;
  }

  /** Work that goes on behind comes to its end. */
  settle(): void {
    for (const id of [...this.models.keys()]) this.#arrive(id);
  }

  #enter(call: string, what: string): void {
    this.die(call, 'before');
    this.calls.push(`${call} ${what}`);
    if (this.refuses?.call !== call) return;
    const { reason } = this.refuses;
    this.refuses = undefined;
    throw new InstanceRefusal(reason, `The instance refuses to ${call}.`);
  }

  #of(id: string): Model {
    const model = this.models.get(id);
    if (model === undefined) throw new InstanceRefusal('unknown', `There is no instance ${id}.`);
    return model;
  }

  #passwordOf(source: InstanceSource): string | undefined {
    if (source.kind === 'snapshot') return this.snapshots.get(source.snapshot)?.password;
    const id = source.kind === 'time' ? source.instance : source.kind === 'replica' ? source.of : undefined;
    return id === undefined ? undefined : this.models.get(id)?.password;
  }

  #move(id: string, from: readonly InstanceState[], through: InstanceState, to: InstanceState): void {
    const model = this.#of(id);
    const before = model.state;
    if (!from.includes(before)) throw new InstanceRefusal('wrong-state', `The instance is ${before}.`);
    model.state = through;
    model.next = to;
    this.#tell(id, before);
    this.#go(id);
  }

  #go(id: string): void {
    if (this.isPrompt) this.#arrive(id);
  }

  #arrive(id: string): void {
    const model = this.models.get(id);
    if (model?.next === undefined) return;
    const { next, state } = model;
    model.next = undefined;
    if (next === 'gone') this.models.delete(id);
    else {
      model.state = next;
      this.#tell(id, state);
    }
  }

  #tell(id: string, before: InstanceState): void {
    const status = this.status(id)!;
    for (const listener of this.#listeners) listener(status, before);
  }
}
