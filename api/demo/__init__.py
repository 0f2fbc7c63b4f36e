"""What `staydown demo` shows: the mission on real photographs, through a real server, over HTTP alone."""
