/** Parameter groups of instances and of clusters. */
import type { InstanceRecord, ParameterGroupRecord } from '../../model/control-records.ts';
import { clusterTable, instanceTable } from '../../model/control-tables.ts';
import type { ControlCall } from '../context.ts';
import { undertake } from '../effects.ts';
import { invalidCombination, invalidValue, rdsError } from '../errors.ts';
import { defaultGroups, findGroup, type GroupKind, groupTable, requireGroup } from '../groups.ts';
import { controlLimits } from '../limits.ts';
import { arnOf, identifierOf } from '../names.ts';
import { type ControlOperation, change, look } from '../operation.ts';
import { pageOf } from '../pages.ts';
import { checkParameter, type FamilyParameter, parametersOf, requireFamily } from '../parameters/index.ts';
import { ownInstances, ownName } from '../records.ts';
import { collect } from '../store.ts';
import { tagsOf } from '../tags.ts';

/** Names of members and errors differ between the two. */
const words = {
  db: { group: 'DBParameterGroup', resource: 'pg', stateError: 'InvalidDBParameterGroupState' },
  cluster: {
    group: 'DBClusterParameterGroup',
    resource: 'cluster-pg',
    stateError: 'InvalidDBParameterGroupState',
  },
} as const;

function operationsOf(kind: GroupKind): ControlOperation[] {
  const { group: word, resource, stateError } = words[kind];
  const member = `${word}Name`;
  const resources = { [member]: resource };

  const view = (group: ParameterGroupRecord) => ({
    [member]: group.name,
    DBParameterGroupFamily: group.family,
    Description: group.description,
    [`${word}Arn`]: arnOf(group, resource, group.name),
  });
  const nameOf = (call: ControlCall, text: string) => ownName(call, text, resource) ?? text;
  const asked = (call: ControlCall) => nameOf(call, call.input.required(member));

  /** @throws AwsError */
  async function insert(
    call: ControlCall,
    name: string,
    group: Omit<ParameterGroupRecord, 'name' | 'account' | 'region' | 'createdMs' | 'tags'>,
  ) {
    const { store, scope, clock, input } = call;
    if ((await findGroup(store, scope, kind, name)) !== undefined)
      throw rdsError('DBParameterGroupAlreadyExists', `Parameter group ${name} already exists`);
    if ((await store.count(groupTable(kind), scope)) >= controlLimits.parameterGroupsMax)
      throw rdsError(
        'DBParameterGroupQuotaExceeded',
        `The limit of ${controlLimits.parameterGroupsMax} parameter groups is reached.`,
      );
    const row: ParameterGroupRecord = {
      ...scope,
      name,
      createdMs: clock.now(),
      tags: tagsOf(input),
      ...group,
    };
    await store.write(store.put(groupTable(kind), row));
    return { [word]: view(row) };
  }

  const create = change(`Create${word}`, resources, async (call) => {
    const { input } = call;
    const name = identifierOf(input.required(member), member, controlLimits.groupNameCharsMax);
    const family = requireFamily(input.required('DBParameterGroupFamily'));
    if (input.required('Description').length > controlLimits.descriptionCharsMax)
      throw invalidValue(`A description has at most ${controlLimits.descriptionCharsMax} characters.`);
    return insert(call, name, {
      family: family.name,
      description: input.required('Description'),
      parameters: {},
    });
  });

  const copy = change(
    `Copy${word}`,
    { [`Source${word}Identifier`]: resource, [`Target${word}Identifier`]: resource },
    async (call) => {
      const { input, store, scope } = call;
      const source = await requireGroup(
        store,
        scope,
        kind,
        nameOf(call, input.required(`Source${word}Identifier`)),
      );
      const target = `Target${word}Identifier`;
      const name = identifierOf(input.required(target), target, controlLimits.groupNameCharsMax);
      const description = input.required(`Target${word}Description`);
      return insert(call, name, { family: source.family, description, parameters: source.parameters });
    },
  );

  const describe = look(`Describe${word}s`, resources, async (call) => {
    const { input, store, scope } = call;
    input.filters([]);
    const name = input.text(member);
    const all =
      name === undefined
        ? [...defaultGroups(scope), ...(await collect(store.list(groupTable(kind), scope)))]
        : [await requireGroup(store, scope, kind, nameOf(call, name))];
    all.sort((a, b) => (a.name < b.name ? -1 : 1));
    const page = pageOf(input, `Describe${word}s`, all, (group) => group.name);
    return { Marker: page.marker, [`${word}s`]: page.items.map(view) };
  });

  const parameters = look(
    kind === 'db' ? 'DescribeDBParameters' : 'DescribeDBClusterParameters',
    resources,
    async (call) => {
      const { input, store, scope } = call;
      const group = await requireGroup(store, scope, kind, asked(call));
      const source = input.text('Source');
      const names = input.filters(['parameter-name']).flatMap(({ values }) => values);
      const all = [...parametersOf(requireFamily(group.family)).values()]
        .map((parameter) => parameterView(parameter, group.parameters[parameter.name]))
        .filter(
          (one) =>
            (source === undefined || one.Source === source) &&
            (names.length === 0 || names.includes(one.ParameterName)),
        );
      const page = pageOf(input, `parameters of ${group.name}`, all, (one) => one.ParameterName);
      return { Marker: page.marker, Parameters: page.items };
    },
  );

  const modify = change(`Modify${word}`, resources, async (call) => {
    const { input, store, scope } = call;
    const group = await changeable(call);
    const given = input.structures('Parameters');
    if (given.length === 0)
      throw invalidValue('The parameter Parameters must be provided and must not be blank.');
    if (given.length > controlLimits.parametersPerCallMax)
      throw invalidValue(
        `A maximum of ${controlLimits.parametersPerCallMax} parameters can be modified in a single request.`,
      );
    const family = requireFamily(group.family);
    const values = { ...group.parameters };
    const immediate: Record<string, string> = {};
    for (const one of given) {
      const name = one.required('ParameterName');
      const method = one.text('ApplyMethod');
      const value = checkParameter(family, name, String(one.text('ParameterValue') ?? ''), method);
      const known = parametersOf(family).get(name.toLowerCase())!.name;
      values[known] = value;
      if (method === 'immediate') immediate[known] = value;
    }
    await store.write(store.put(groupTable(kind), { ...group, parameters: values }));
    await tell(call, group.name, (told) => ({ ...told, ...immediate }));
    if (kind === 'db')
      await call.events.add(
        scope,
        'db-parameter-group',
        group.name,
        'configuration change',
        `Updated parameters: ${Object.keys(immediate).length === 0 ? 'pending reboot' : 'immediately'}`,
      );
    return { [member]: group.name };
  });

  const reset = change(`Reset${word}`, resources, async (call) => {
    const { input, store } = call;
    const group = await changeable(call);
    const given = input.structures('Parameters');
    const isAll = input.flag('ResetAllParameters') ?? given.length === 0;
    if (isAll && given.length > 0)
      throw invalidCombination('ResetAllParameters cannot be specified together with Parameters.');
    const family = parametersOf(requireFamily(group.family));
    const names = isAll
      ? Object.keys(group.parameters)
      : given.map((one) => {
          const found = family.get(one.required('ParameterName').toLowerCase());
          if (found === undefined)
            throw invalidValue(`Could not find parameter with name: ${one.text('ParameterName')}`);
          if (one.text('ApplyMethod') === 'immediate' && found.applyType === 'static')
            throw invalidCombination('cannot use immediate apply method for static parameter');
          return found.name;
        });
    const dynamic = names.filter((name) => family.get(name.toLowerCase())?.applyType === 'dynamic');
    await store.write(
      store.put(groupTable(kind), { ...group, parameters: without(group.parameters, names) }),
    );
    await tell(call, group.name, (told) => without(told, dynamic));
    return { [member]: group.name };
  });

  const remove = change(`Delete${word}`, resources, async (call) => {
    const { store, scope } = call;
    const group = await changeable(call);
    const users = [
      ...(kind === 'db' ? await ownInstances(call, scope) : []),
      ...(kind === 'cluster' ? await collect(store.list(clusterTable, scope)) : []),
    ];
    if (users.some((one) => one.parameterGroup === group.name))
      throw rdsError(
        stateError,
        'One or more database instances are still members of this parameter group, so the group cannot be deleted.',
      );
    await store.write(store.remove(groupTable(kind), group));
    return {};
  });

  /** @throws AwsError */
  async function changeable(call: ControlCall): Promise<ParameterGroupRecord> {
    const group = await requireGroup(call.store, call.scope, kind, asked(call));
    if (group.name.startsWith('default.'))
      throw rdsError(stateError, `Default ${word} cannot be modified or deleted: ${group.name}`);
    return group;
  }

  /** Dynamic parameters reach the group's instances at once; the others wait for their reboot. */
  async function tell(
    call: ControlCall,
    name: string,
    next: (told: Record<string, string>) => Record<string, string>,
  ) {
    for (const row of await usersOf(call, name)) {
      const parameters = next(row.parameters);
      const isSame = JSON.stringify(parameters) === JSON.stringify(row.parameters);
      if (isSame || row.intent !== undefined) continue;
      await undertake(call, { ...row, parameters, intent: { kind: 'change', change: { parameters } } }, row);
    }
  }

  async function usersOf(call: ControlCall, name: string): Promise<InstanceRecord[]> {
    const { store, scope } = call;
    const all = await collect(store.list(instanceTable, scope));
    if (kind === 'db') return all.filter((row) => row.parameterGroup === name);
    const clusters = (await collect(store.list(clusterTable, scope))).filter(
      (row) => row.parameterGroup === name,
    );
    return all.filter((row) => clusters.some((cluster) => cluster.name === row.cluster));
  }

  return [create, copy, describe, parameters, modify, reset, remove];
}

function without(from: Readonly<Record<string, string>>, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(from).filter(([name]) => !names.includes(name)));
}

function parameterView(parameter: FamilyParameter, own: string | undefined) {
  const value = own ?? parameter.defaultValue;
  const isSwitch = parameter.engine.type === 'bool';
  return {
    ParameterName: parameter.name,
    ...(value === undefined
      ? {}
      : { ParameterValue: isSwitch ? (value === 'on' || value === '1' ? '1' : '0') : value }),
    Description: parameter.description,
    Source: own !== undefined ? 'user' : parameter.isModifiable ? 'engine-default' : 'system',
    ApplyType: parameter.applyType,
    DataType: parameter.dataType,
    ...(parameter.allowed === undefined ? {} : { AllowedValues: parameter.allowed }),
    IsModifiable: parameter.isModifiable,
    ApplyMethod: parameter.applyType === 'dynamic' && own !== undefined ? 'immediate' : 'pending-reboot',
  };
}

function engineDefaults(name: string): ControlOperation {
  return look(name, {}, async ({ input }) => {
    const family = requireFamily(input.required('DBParameterGroupFamily'));
    const all = [...parametersOf(family).values()].map((one) => parameterView(one, undefined));
    const page = pageOf(input, `${name} ${family.name}`, all, (one) => one.ParameterName);
    return {
      EngineDefaults: { DBParameterGroupFamily: family.name, Marker: page.marker, Parameters: page.items },
    };
  });
}

export const parameterGroupOperations = [
  ...operationsOf('db'),
  ...operationsOf('cluster'),
  engineDefaults('DescribeEngineDefaultParameters'),
  engineDefaults('DescribeEngineDefaultClusterParameters'),
];
