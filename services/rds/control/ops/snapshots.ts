/** Snapshots of instances and of clusters: create, describe, copy, share, delete. The two families differ in their members' names. */
import type { SnapshotRecord } from '../../model/control-records.ts';
import type { ControlCall } from '../context.ts';
import { invalidClusterState, invalidInstanceState, invalidValue, rdsError } from '../errors.ts';
import { type Filter, passes } from '../input.ts';
import { controlLimits } from '../limits.ts';
import { arnOf, identifierOf } from '../names.ts';
import { change, look } from '../operation.ts';
import { readPage } from '../pages.ts';
import {
  ownName,
  ownSnapshot,
  requireCluster,
  requireInstance,
  type SnapshotKind,
  snapshotTableOf,
  usableSnapshot,
} from '../records.ts';
import {
  finishSnapshot,
  newSnapshot,
  refuseSnapshotName,
  removeSnapshot,
  snapshotJob,
} from '../snapshots.ts';
import { tagsOf, withTags } from '../tags.ts';
import { statusOf } from '../views/instance.ts';
import { clusterSnapshotView, snapshotView } from '../views/snapshot.ts';

interface Family {
  readonly kind: SnapshotKind;
  /** In names of operations and members. */
  readonly word: 'DBSnapshot' | 'DBClusterSnapshot';
  readonly sourceMember: string;
  readonly sourceFilters: readonly string[];
  view(row: SnapshotRecord): Readonly<Record<string, unknown>>;
  /** The instance with the data. @throws AwsError */
  source(
    call: ControlCall,
  ): Promise<{ readonly of: Parameters<typeof newSnapshot>[1]; readonly instance: string }>;
}

const ofInstances: Family = {
  kind: 'snapshot',
  word: 'DBSnapshot',
  sourceMember: 'DBInstanceIdentifier',
  sourceFilters: ['db-instance-id', 'db-snapshot-id', 'dbi-resource-id', 'engine', 'snapshot-type'],
  view: snapshotView,
  async source(call) {
    const of = await requireInstance(call);
    const status = statusOf(call, of);
    if (status !== 'available' && status !== 'stopped') {
      throw invalidInstanceState(
        `Cannot create a snapshot because the database instance ${of.name} is not currently in the available state.`,
      );
    }
    return { of, instance: of.id };
  },
};

const ofClusters: Family = {
  kind: 'cluster-snapshot',
  word: 'DBClusterSnapshot',
  sourceMember: 'DBClusterIdentifier',
  sourceFilters: ['db-cluster-id', 'db-cluster-snapshot-id', 'engine', 'snapshot-type'],
  view: clusterSnapshotView,
  async source(call) {
    const of = await requireCluster(call);
    const state = of.volume === undefined ? undefined : call.instances.status(of.volume)?.state;
    if (of.volume === undefined || (state !== 'available' && state !== 'stopped'))
      throw invalidClusterState(`The cluster ${of.name} has no instance that is available.`);
    return { of, instance: of.volume };
  },
};

function operationsOf(family: Family) {
  const { kind, word, view } = family;
  const idMember = `${word}Identifier`;
  const nameOf = (text: string, member: string) =>
    identifierOf(text, member, controlLimits.snapshotIdentifierCharsMax);

  const create = change(
    `Create${word}`,
    { [idMember]: kind, [family.sourceMember]: kind === 'snapshot' ? 'db' : 'cluster' },
    async (call) => {
      const name = nameOf(call.input.required(idMember), idMember);
      const { of, instance } = await family.source(call);
      await refuseSnapshotName(call, kind, call.scope, name);
      const tags = of.settings.CopyTagsToSnapshot === true ? of.tags : [];
      const row = await newSnapshot(call, of, instance, name, withTags(tags, tagsOf(call.input)));
      call.jobs.begin(snapshotJob(kind, row), async () => {
        await finishSnapshot(call, kind, row, name);
      });
      return { [word]: view(row) };
    },
  );

  const describe = look(`Describe${word}s`, { [idMember]: kind }, async (call) => {
    const { input, scope, store } = call;
    const filters = input.filters(family.sourceFilters);
    const asked = input.text(idMember);
    if (asked !== undefined && !input.has('Filters')) {
      const row = await usableSnapshot(call, kind, asked);
      return { [`${word}s`]: isShown(call, row) ? [view(row)] : [] };
    }
    const page = await readPage(
      input,
      `Describe${word}s`,
      (after) => store.list(snapshotTableOf(kind), scope, after),
      (row) => row.name,
      (row) =>
        isShown(call, row) &&
        (asked === undefined || row.name === ownName(call, asked, kind)) &&
        passesAll(filters, row)
          ? view(row)
          : undefined,
    );
    return { Marker: page.marker, [`${word}s`]: page.items };
  });

  function isShown({ input }: ControlCall, row: SnapshotRecord): boolean {
    const source = input.text(family.sourceMember)?.toLowerCase();
    const id = input.text(kind === 'snapshot' ? 'DbiResourceId' : 'DbClusterResourceId');
    const type = input.text('SnapshotType');
    const isOfType =
      type === undefined ||
      type === 'manual' ||
      (type === 'shared' && row.sharedWith.length > 0) ||
      (type === 'public' && row.sharedWith.includes('all'));
    const ofSource =
      source === undefined ||
      row.source === source ||
      arnOf(row, kind === 'snapshot' ? 'db' : 'cluster', row.source) === source;
    return isOfType && ofSource && (id === undefined || row.sourceId === id);
  }

  function passesAll(filters: readonly Filter[], row: SnapshotRecord): boolean {
    return passes(filters, (filter) => {
      if (filter.endsWith('snapshot-id')) return [row.name, arnOf(row, kind, row.name)];
      if (filter === 'engine') return [row.engine];
      if (filter === 'snapshot-type') return ['manual'];
      if (filter === 'dbi-resource-id') return [row.sourceId];
      return [row.source, arnOf(row, kind === 'snapshot' ? 'db' : 'cluster', row.source)];
    });
  }

  const remove = change(`Delete${word}`, { [idMember]: kind }, async (call) => {
    const row = await ownSnapshot(call, kind, call.input.required(idMember));
    refuseUnfinished(call, row);
    await removeSnapshot(call, kind, row);
    return { [word]: { ...view(row), Status: 'deleted' } };
  });

  function refuseUnfinished(call: ControlCall, row: SnapshotRecord): void {
    if (row.state !== 'creating' && !call.jobs.has(snapshotJob(kind, row))) return;
    const code = kind === 'snapshot' ? 'InvalidDBSnapshotState' : 'InvalidDBClusterSnapshotStateFault';
    throw rdsError(code, `The snapshot ${row.name} is being created. Wait until it is available.`);
  }

  /** A copy has the same data under another name: nothing is copied. */
  const copy = change(
    `Copy${word}`,
    { [`Source${idMember}`]: kind, [`Target${idMember}`]: kind },
    async (call) => {
      const { input, store, scope, clock } = call;
      const source = await usableSnapshot(call, kind, input.required(`Source${idMember}`));
      const name = nameOf(input.required(`Target${idMember}`), `Target${idMember}`);
      refuseUnfinished(call, source);
      if (source.state !== 'available')
        throw rdsError(
          kind === 'snapshot' ? 'InvalidDBSnapshotState' : 'InvalidDBClusterSnapshotStateFault',
          `The snapshot ${source.name} is not available.`,
        );
      await refuseSnapshotName(call, kind, scope, name);
      const tags = withTags(input.flag('CopyTags') === true ? source.tags : [], tagsOf(input));
      const copyOf = arnOf(source, kind, source.name);
      const row: SnapshotRecord = {
        ...source,
        ...scope,
        name,
        tags,
        copyOf,
        sharedWith: [],
        finishedMs: clock.now(),
      };
      await store.write(store.put(snapshotTableOf(kind), row));
      return { [word]: view(row) };
    },
  );

  const attributes = look(`Describe${word}Attributes`, { [idMember]: kind }, async (call) =>
    attributesView(await ownSnapshot(call, kind, call.input.required(idMember))),
  );

  const share = change(`Modify${word}Attribute`, { [idMember]: kind }, async (call) => {
    const { input, store } = call;
    const row = await ownSnapshot(call, kind, input.required(idMember));
    if (input.required('AttributeName') !== 'restore')
      throw invalidValue(`Invalid attribute name: ${input.text('AttributeName')}`);
    const accounts = new Set(row.sharedWith);
    for (const account of input.texts('ValuesToAdd') ?? []) {
      if (account !== 'all' && !/^\d{12}$/.test(account))
        throw invalidValue(`Invalid account id: ${account}`);
      accounts.add(account);
    }
    for (const account of input.texts('ValuesToRemove') ?? []) accounts.delete(account);
    if (accounts.size > controlLimits.sharedAccountsMax)
      throw rdsError(
        'SharedSnapshotQuotaExceeded',
        `A snapshot is shared with at most ${controlLimits.sharedAccountsMax} accounts.`,
      );
    const shared = { ...row, sharedWith: [...accounts].sort() };
    await store.write(store.put(snapshotTableOf(kind), shared));
    return attributesView(shared);
  });

  function attributesView(row: SnapshotRecord) {
    return {
      [`${word}AttributesResult`]: {
        [idMember]: row.name,
        [`${word}Attributes`]: [{ AttributeName: 'restore', AttributeValues: row.sharedWith }],
      },
    };
  }

  return [create, describe, remove, copy, attributes, share];
}

export const snapshotOperations = [...operationsOf(ofInstances), ...operationsOf(ofClusters)];
