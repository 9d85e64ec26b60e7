-- Source folder of this library, as debug.getinfo reports it: "@/usr/share/lua/5.4/homey/". Tells our stack frames from the
-- program's. nil where the module was loaded from no file.

return debug.getinfo(1, "S").source:match "^(.*[/\\])util[/\\]library_folder%.lua$"
