// SPDX-License-Identifier: Apache-2.0
// One call a line on standard input, one answer a line on standard output.
import { createInterface } from "node:readline";

import { answer } from "./bridge.js";

for await (const line of createInterface({ input: process.stdin })) console.log(await answer(line));
