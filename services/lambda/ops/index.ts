/** Operations of functions, versions, aliases and layers. */
import { getAccountSettings } from './account-settings.ts';
import { createAlias, deleteAlias, getAlias, listAliases, updateAlias } from './aliases.ts';
import { createFunction } from './create-function.ts';
import { deleteFunction } from './delete-function.ts';
import {
  addLayerVersionPermission,
  getLayerVersionPolicy,
  removeLayerVersionPermission,
} from './layer-permissions.ts';
import { deleteLayerVersion, publishLayerVersion } from './layers.ts';
import type { LambdaOperation } from './operation.ts';
import { getFunction, getFunctionConfiguration, listFunctions } from './read-functions.ts';
import { getLayerVersion, getLayerVersionByArn, listLayers, listLayerVersions } from './read-layers.ts';
import { updateFunctionCode, updateFunctionConfiguration } from './update-function.ts';
import { listVersionsByFunction, publishVersion } from './versions.ts';

export const functionOperations: readonly LambdaOperation[] = [
  createFunction,
  getFunction,
  getFunctionConfiguration,
  listFunctions,
  updateFunctionCode,
  updateFunctionConfiguration,
  deleteFunction,
  publishVersion,
  listVersionsByFunction,
  createAlias,
  getAlias,
  listAliases,
  updateAlias,
  deleteAlias,
  publishLayerVersion,
  getLayerVersion,
  getLayerVersionByArn,
  listLayerVersions,
  listLayers,
  deleteLayerVersion,
  addLayerVersionPermission,
  removeLayerVersionPermission,
  getLayerVersionPolicy,
  getAccountSettings,
];
