import Console

await Program.run()
