// Made from openapi/admin.yaml by openapi/generate.ts. Do not edit.
import { z } from 'zod';

export const serviceHealthSchema = z.strictObject({
  name: z.string(),
  ready: z.boolean(),
  reason: z.string().describe('One sentence when not ready.').optional(),
});
export type ServiceHealth = z.infer<typeof serviceHealthSchema>;

export const healthSchema = z.strictObject({
  ready: z.boolean(),
  reason: z.string().describe('One sentence when not ready.').optional(),
  services: z.array(serviceHealthSchema),
});
export type Health = z.infer<typeof healthSchema>;

export const phaseSchema = z.enum(['starting', 'running', 'stopping']);
export type Phase = z.infer<typeof phaseSchema>;

export const tableStatusSchema = z.strictObject({
  name: z.string(),
  description: z.string(),
});
export type TableStatus = z.infer<typeof tableStatusSchema>;

export const serviceStatusSchema = z.strictObject({
  name: z.string(),
  protocol: z.string(),
  ready: z.boolean(),
  reason: z.string().optional(),
  operations: z.int().describe('Operations of the AWS port that it answers.'),
  tables: z.array(tableStatusSchema),
});
export type ServiceStatus = z.infer<typeof serviceStatusSchema>;

export const listenerStatusSchema = z.strictObject({
  name: z.string(),
  port: z.int(),
});
export type ListenerStatus = z.infer<typeof listenerStatusSchema>;

export const nodeStatusSchema = z.looseObject({
  position: z.int().describe('Last applied log position.'),
}).describe('What the node tells about itself; its members grow with it.');
export type NodeStatus = z.infer<typeof nodeStatusSchema>;

export const processStatusSchema = z.strictObject({
  uptimeSeconds: z.number(),
  cpuSeconds: z.number().describe('User and system time of all threads.'),
  residentBytes: z.int(),
});
export type ProcessStatus = z.infer<typeof processStatusSchema>;

export const statusSchema = z.strictObject({
  version: z.string(),
  runtime: z.string().describe('Version of Node.'),
  pid: z.int(),
  startedAt: z.iso.datetime(),
  phase: phaseSchema,
  region: z.string(),
  dataDir: z.string().describe('Absolute path.'),
  endpoint: z.string().describe('Of all AWS protocols.'),
  adminEndpoint: z.string(),
  tls: z.boolean(),
  services: z.array(serviceStatusSchema),
  listeners: z.array(listenerStatusSchema),
  node: nodeStatusSchema,
  process: processStatusSchema,
});
export type Status = z.infer<typeof statusSchema>;

export const settingSchema = z.strictObject({
  name: z.string(),
  flag: z.string().describe('Absent for secrets.').optional(),
  variable: z.string(),
  source: z.enum(['flag', 'environment', 'file', 'default']),
  value: z.string().describe('Absent for secrets and for what is not set.').optional(),
});
export type Setting = z.infer<typeof settingSchema>;

export const settingListSchema = z.strictObject({
  settings: z.array(settingSchema),
});
export type SettingList = z.infer<typeof settingListSchema>;

export const logLevelSchema = z.strictObject({
  level: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']),
});
export type LogLevel = z.infer<typeof logLevelSchema>;

export const problemSchema = z.strictObject({
  error: z.string().describe('One sentence.'),
});
export type Problem = z.infer<typeof problemSchema>;

export const operations = {
  /** Whether the gateway serves; 503 when it does not. */
  getHealth: {
    method: 'GET',
    path: '/health',
    open: true,
    body: undefined,
    responses: { 200: healthSchema, 503: healthSchema },
  },
  /** Version, endpoints, services and the node's state. */
  getStatus: {
    method: 'GET',
    path: '/status',
    open: false,
    body: undefined,
    responses: { 200: statusSchema },
  },
  /** Every setting with its value and where the value came from. Secrets are left out. */
  getSettings: {
    method: 'GET',
    path: '/settings',
    open: false,
    body: undefined,
    responses: { 200: settingListSchema },
  },
  /** Changes the least severity that is logged, until the process ends. */
  setLogLevel: {
    method: 'PUT',
    path: '/log-level',
    open: false,
    body: logLevelSchema,
    responses: { 200: logLevelSchema, 400: problemSchema },
  },
  /** Prometheus text. */
  getMetrics: {
    method: 'GET',
    path: '/metrics',
    open: false,
    body: undefined,
    responses: { 200: z.string() },
  },
} as const;
