// JSON.parse of node, measured: node decode.js FILE. Reads lines "decode N"; answers each with the CPU microseconds that
// it took, twice.
'use strict';

const fs = require('fs');
const readline = require('readline');

const text = fs.readFileSync(process.argv[2], 'utf8');
let decoded;

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  const n = Number(line.split(' ')[1]);
  const cpu = process.cpuUsage();
  for (let i = 0; i < n; i++) decoded = JSON.parse(text);
  const spent = process.cpuUsage(cpu);
  if (!decoded) throw new Error(`${process.argv[2]} has no devices`);
  console.log(`${spent.user + spent.system} ${spent.user + spent.system}`);
});
