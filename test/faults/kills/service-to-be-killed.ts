import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { SettingsSchema } from '../../../src/config/settings.js';
import { buildContainer } from '../../../src/container.js';
import { Logger } from '../../../src/ports/logger.js';
import { MqiService } from '../../../src/workflow/service.js';
import { watchPorts } from './watched-ports.js';

/*
 * The service as src/main.ts runs it with --once, of the production container, with a watch before its ports. Argument:
 * its configuration, as JSON with absolute paths. To be run with --import watched-files.js.
 */
const settings = SettingsSchema.parse(JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')));
const container = buildContainer(settings, { isService: true });
watchPorts(container);
const service = container.get(MqiService);
const alive = setInterval(() => undefined, 2 ** 30);
await service.open();
process.exitCode = (await service.run(true, new AbortController().signal)) > 0 ? 1 : 0;
await service.close();
clearInterval(alive);
await container.get(Logger).close();
