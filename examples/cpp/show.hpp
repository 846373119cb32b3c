/* Progress on the standard output: bars on a terminal, else lines. */

#ifndef SHOW_HPP
#define SHOW_HPP

#include <algorithm>
#include <cstdint>
#include <iomanip>
#include <iostream>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <imgferry.hpp>

class Show {
public:
    explicit Show(bool terminal) : terminal_(terminal) {}

    void operator()(const imgferry::Progress &at)
    {
        if (at.phase == imgferry::Phase::push_starts)
            begin("pushing", at);
        else if (at.phase == imgferry::Phase::pull_starts)
            begin("pulling", at);
        else if (terminal_)
            draw_bars(at);
        else
            print_lines(at);
    }

private:
    struct Layer {
        std::string id;
        std::string line;
        std::optional<imgferry::Phase> phase;
    };

    void begin(const char *verb, const imgferry::Progress &at)
    {
        std::cout << verb << ' ' << at.source << " to " << at.destination << '\n';
        layers_.clear();
        drawn_ = 0;
    }

    void draw_bars(const imgferry::Progress &at)
    {
        if (!at.layer_id.empty())
            layer(at.layer_id).line = line_of(at);
        if (drawn_ > 0)
            std::cout << "\033[" << drawn_ << 'A';
        for (const Layer &each : layers_)
            std::cout << "\r\033[2K" << each.line << '\n';
        std::cout << "\r\033[2K" << sum_of(at) << std::endl;
        drawn_ = layers_.size() + 1;
    }

    /** Off the terminal a layer gets a line only when its phase changes. */
    void print_lines(const imgferry::Progress &at)
    {
        if (at.phase == imgferry::Phase::waiting)
            return;
        if (at.layer_id.empty()) {
            if (!at.message.empty())
                std::cout << at.message << '\n';
            if (at.phase == imgferry::Phase::done)
                std::cout << sum_of(at) << '\n';
            return;
        }
        Layer &changed = layer(at.layer_id);
        if (changed.phase == at.phase)
            return;
        changed.phase = at.phase;
        std::cout << line_of(at) << sum_of(at) << '\n';
    }

    /** In the order in which they came. */
    Layer &layer(std::string_view id)
    {
        const auto found = std::find_if(layers_.begin(), layers_.end(),
                                        [&](const Layer &each) { return each.id == id; });
        return found != layers_.end() ? *found
                                      : layers_.emplace_back(Layer{std::string(id), {}, {}});
    }

    static std::string line_of(const imgferry::Progress &at)
    {
        std::ostringstream line;
        line << "  " << std::left << std::setw(12) << at.layer_id << ' ' << std::setw(20)
             << at.status << ' ';
        if (at.current == 0)
            return line.str();
        if (at.unit == imgferry::Unit::bytes)
            line << bytes(at.current, at.total);
        else
            line << at.current << " s";
        return line.str();
    }

    static std::string sum_of(const imgferry::Progress &at)
    {
        std::ostringstream line;
        line << "  " << std::left << std::setw(12)
             << (at.phase == imgferry::Phase::done ? "done" : "total") << ' '
             << bytes(at.sum_current, at.sum_total);
        return line.str();
    }

    /** "[====    ] 1.0 MB/2.0 MB", and without a total how much there was. */
    static std::string bytes(std::uint64_t current, std::optional<std::uint64_t> total)
    {
        std::ostringstream text;
        text << std::fixed << std::setprecision(1);
        if (!total) {
            text << megabytes(current) << " MB";
            return text.str();
        }
        constexpr double width = 32;
        const std::uint64_t all = std::max<std::uint64_t>(*total, 1);
        const auto done = static_cast<double>(std::min(current, all)) / static_cast<double>(all);
        std::string bar(static_cast<std::size_t>(done * width), '=');
        bar.resize(static_cast<std::size_t>(width), ' ');
        text << '[' << bar << "] " << megabytes(current) << " MB/" << megabytes(all) << " MB";
        return text.str();
    }

    static double megabytes(std::uint64_t bytes) { return static_cast<double>(bytes) / 1e6; }

    bool terminal_;
    std::vector<Layer> layers_;
    /** How many lines are on the screen, to be written over. */
    std::size_t drawn_ = 0;
};

#endif
