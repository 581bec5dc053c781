/**
 * AWS Lambda: functions of Node.js that run in processes of their own, and functions of runtime `mpc` that several parties compute together;
 * with what they need around them: logs (CloudWatch Logs), schedules (EventBridge Scheduler) and queues (Amazon SQS).
 *
 * Runtimes: `nodejs18.x` to `nodejs24.x`, all on the Node.js that runs the gateway, `mpc`, and `python3.9` to `python3.14`, all on the CPython of the
 * npm package `pyodide`, where that is installed (docs/functions/python.md). Functions of other runtimes are stored, and refused with
 * InvalidRuntimeException when they are called.
 *
 * Left out, and refused in the API's form: container images, file systems, SnapStart's snapshots, durable executions, capacity providers,
 * extensions and the Telemetry API. VPC settings are stored and shown, without effect. The role of a function is not checked to exist, and
 * may do everything in its account. Concurrency, reserved or of an account, is counted by each gateway: several on one store run as many times
 * the number at once.
 */
export { createService } from './service.ts';
