-- Source folder of this library, as debug.getinfo reports it: "@/usr/share/lua/5.4/homey/". It
-- tells our stack frames from the program's. nil if the module was not loaded from a file.

return debug.getinfo(1, "S").source:match "^(.*[/\\])util[/\\]library_folder%.lua$"
