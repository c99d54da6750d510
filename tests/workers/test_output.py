"""Lines of several processes on one stream, or in a file each."""

import io

from workers.output import Printer, to_file


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_names_line_up_and_carry_no_colour_in_a_pipe():
    stream = io.StringIO()
    printer = Printer(stream, ["one", "longer"])

    printer.sink("one")(b"first")
    printer.sink("longer")(b"not \xff text")

    assert stream.getvalue() == "one    | first\nlonger | not \ufffd text\n"


def test_each_process_has_a_colour_of_its_own_on_a_terminal():
    stream = Terminal()
    printer = Printer(stream, ["one", "two"])

    printer.sink("one")(b"first")
    printer.sink("two")(b"second")

    assert stream.getvalue() == "\x1b[36mone | \x1b[0mfirst\n\x1b[33mtwo | \x1b[0msecond\n"


def test_a_log_file_grows_by_whole_lines(tmp_path):
    write = to_file(tmp_path / "log" / "one.log")

    write(b"first")
    write(b"second")

    assert (tmp_path / "log" / "one.log").read_bytes() == b"first\nsecond\n"
