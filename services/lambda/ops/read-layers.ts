/** GetLayerVersion, GetLayerVersionByArn, ListLayerVersions, ListLayers. */
import { Constraints } from '../engine/constraints.ts';
import {
  type LayerVersionName,
  layerArn,
  layerVersionOf,
  noSuchLayer,
  readLayerName,
  readLayerVersionArn,
} from '../engine/layer-arn.ts';
import { type Members, text } from '../engine/members.ts';
import { checkCompatibleRuntime } from '../engine/runtimes.ts';
import { architectures } from '../engine/validate-configuration.ts';
import { lambdaLimits } from '../limits.ts';
import { findLayerVersion, type LayerVersionRow, layersOf, layerVersionsOf } from '../store/layers.ts';
import { layerVersionView, listedLayerVersion } from './layer-view.ts';
import { layerResource, onLayer, readLayerVersion } from './layers.ts';
import type { LambdaCall, LambdaOperation } from './operation.ts';
import { readPage } from './pages.ts';

export const getLayerVersion = onLayer('GetLayerVersion', (call) => show(call, readLayerVersion(call)));

export const getLayerVersionByArn = onLayer(
  'GetLayerVersionByArn',
  (call) => show(call, readLayerVersionArn(text(call.input, 'Arn')!)),
  {
    action: 'lambda:GetLayerVersion',
    resources: async ({ context, input }) => {
      const layer = layerVersionOf(text(input, 'Arn') ?? '');
      return layer === undefined ? [] : [await layerResource(context, layer)];
    },
  },
);

async function show({ context, scope }: LambdaCall, layer: LayerVersionName): Promise<Members> {
  const found = layer.region === scope.region ? await findLayerVersion(context, layer) : undefined;
  return layerVersionView(context, found?.row ?? noSuchLayer());
}

export const listLayerVersions = onLayer('ListLayerVersions', async (call) => {
  const { context, input, scope } = call;
  const layer = readLayerName(text(input, 'LayerName')!, scope);
  const { fits, filter } = readFilter(input);
  const listing = ['ListLayerVersions', layerArn(layer), ...filter];
  const page = await readPage(input, listing, lambdaLimits.pageMax, async function* (after) {
    const before = after?.[0] === undefined ? undefined : Number(after[0]);
    for await (const row of layerVersionsOf(context, layer, before))
      if (fits(row)) yield { at: [String(row.version)], item: listedLayerVersion(row) };
  });
  return { LayerVersions: page.items, NextMarker: page.marker };
});

export const listLayers: LambdaOperation = {
  name: 'ListLayers',
  resources: () => [],
  operate: async ({ context, input, scope }) => {
    const { fits, filter } = readFilter(input);
    const listing = ['ListLayers', scope.account, scope.region, ...filter];
    const page = await readPage(input, listing, lambdaLimits.pageMax, async function* (after) {
      for await (const layer of layersOf(context, scope, after?.[0])) {
        for await (const row of layerVersionsOf(context, layer)) {
          if (!fits(row)) continue;
          const newest = { LatestMatchingVersion: listedLayerVersion(row) };
          yield { at: [layer.name], item: { LayerName: layer.name, LayerArn: layerArn(layer), ...newest } };
          break;
        }
      }
    });
    return { output: { Layers: page.items, NextMarker: page.marker } };
  },
};

function readFilter(input: Members) {
  const runtime = text(input, 'CompatibleRuntime');
  const architecture = text(input, 'CompatibleArchitecture');
  const constraints = new Constraints().oneOf(architecture, 'compatibleArchitecture', architectures);
  checkCompatibleRuntime(runtime, 'compatibleRuntime', constraints);
  constraints.check();
  return {
    filter: [runtime ?? '', architecture ?? ''],
    fits: (row: LayerVersionRow) =>
      (runtime === undefined || row.runtimes?.includes(runtime) === true) &&
      // Layers that say nothing of architectures are for x86_64, as on AWS.
      (architecture === undefined || (row.architectures ?? ['x86_64']).includes(architecture)),
  };
}
