import { z } from 'zod';

/** A program by its full path, or by a name that PATH finds on the host. */
export const gpuTool = z.string().regex(/^(\/.+|[\w.-]+)$/);
export const GPU_TOOL_RULE = 'an absolute path, or a name found by PATH';
