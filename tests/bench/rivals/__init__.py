"""The other side of each benchmark: programs as a careful team would write them without this platform."""
